/* Makes pipes, then aborts: its core must hold nothing of whoever watches. */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	for (int i = 0; i < 300; i++) {
		int fds[2];

		if (pipe(fds) == 0) {
			close(fds[0]);
			close(fds[1]);
		}
	}
	abort();
}
