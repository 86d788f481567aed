/* vfork.S: vfork(2) returns twice through the same frame, so no C function can stand in front of it: the child would return through
 * the frame and ruin it for the parent. As in libc's own, the return address lives in a register across the system call; each side
 * then calls its C half (process.c) below the caller's frame. */
	.text
	.globl	vfork
	.type	vfork, @function
	.p2align 4
vfork:
	.cfi_startproc
	endbr64
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	movq	8(%rsp), %rdi
	call	vfork_before
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	.cfi_register rip, rdi
	movl	$58, %eax
	syscall
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	.cfi_offset rip, -8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	testq	%rax, %rax
	jne	1f
	call	vfork_child
	xorl	%eax, %eax
	jmp	2f
1:	movq	%rax, %rdi
	call	vfork_parent
2:	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	vfork, .-vfork
	.hidden	vfork_before
	.hidden	vfork_child
	.hidden	vfork_parent
	.section .note.GNU-stack,"",@progbits
