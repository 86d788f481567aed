/* shows: the program itself crashes: its shell sees the signal as it would without mpwatch.
 * ends: signal 11
 * expect: B007
 * twin: fork_pool_right.c
 */
#include <stddef.h>
#include <sys/resource.h>

int main(void)
{
	struct rlimit no_core = {0, 0};
	volatile int *volatile nowhere = NULL;
	setrlimit(RLIMIT_CORE, &no_core);
	*nowhere = 1;
	return 0;
}
