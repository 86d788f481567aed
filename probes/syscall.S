/* syscall.S: syscall(2) may be vfork or clone, so it must leave no frame of ours behind: it looks and jumps on. Looked at are
 * seccomp(2), after which system calls or the clock may be forbidden, and the unwinder's test writes (stack.c). */
	.text
	.globl	syscall
	.type	syscall, @function
	.p2align 4
syscall:
	.cfi_startproc
	endbr64
	cmpq	$317, %rdi		/* SYS_seccomp */
	je	2f
	cmpq	$1, %rdi		/* SYS_write */
	je	3f
1:	movq	syscall_real(%rip), %rax
	testq	%rax, %rax
	je	4f
	jmp	*%rax
2:	call	syscall_save
	movq	%rsi, %rdi
	call	syscall_seccomp
	jmp	5f
3:	movq	probe_tls@gottpoff(%rip), %rax
	cmpl	$0, %fs:24(%rax)	/* probe_tls.unwinding */
	je	1b
	movq	%rdx, %rdi
	jmp	stack_fake_write
4:	call	syscall_save
	call	syscall_find
5:	movq	0(%rsp), %rdi
	movq	8(%rsp), %rsi
	movq	16(%rsp), %rdx
	movq	24(%rsp), %rcx
	movq	32(%rsp), %r8
	movq	40(%rsp), %r9
	addq	$56, %rsp
	.cfi_adjust_cfa_offset -56
	jmp	1b
	.cfi_endproc
	.size	syscall, .-syscall

/* Moves its return address below 56 bytes of saved argument registers. */
	.type	syscall_save, @function
syscall_save:
	.cfi_startproc
	popq	%rax
	subq	$56, %rsp
	movq	%rdi, 0(%rsp)
	movq	%rsi, 8(%rsp)
	movq	%rdx, 16(%rsp)
	movq	%rcx, 24(%rsp)
	movq	%r8, 32(%rsp)
	movq	%r9, 40(%rsp)
	jmp	*%rax
	.cfi_endproc
	.size	syscall_save, .-syscall_save

	.hidden	syscall_real
	.hidden	syscall_find
	.hidden	syscall_seccomp
	.hidden	stack_fake_write
	.hidden	probe_tls
	.section .note.GNU-stack,"",@progbits
