#!/usr/bin/env python3
"""What no wrapper sees: a thread blocked in stdio or in a system call of its own has the kernel's word for it, and bytes that
such calls moved are shown as not attributed."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

BLOCKED = r"""
#include <stdio.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *raw(void *arg)
{
	int fds[2];
	char byte;

	(void)!pipe(fds);
	syscall(SYS_read, fds[0], &byte, 1);
	return arg;
}

int main(void)
{
	struct timespec begin, now;
	char line[100];
	int fds[2];
	FILE *stream;
	pthread_t thread;

	(void)!pipe(fds);
	pthread_create(&thread, NULL, raw, NULL);
	if (fork() == 0) {
		close(fds[0]);
		sleep(4);
		(void)!write(fds[1], "hello\n", 6);
		_exit(0);
	}
	close(fds[1]);
	stream = fdopen(fds[0], "r");
	(void)!fgets(line, sizeof(line), stream); /* the read is libc's own */
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec - begin.tv_sec < 3);
	return 0;
}
"""

BUSY = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	FILE *stream = tmpfile();
	char *text = calloc(1, 1 << 20);

	for (int i = 0; stream && i < 8; i++)
		fwrite(text, 1, 1 << 20, stream);
	sleep(2);
	return 0;
}
"""


def built(name, text):
    if not shutil.which("cc"):
        raise cli.Skip("needs cc")
    source, program = os.path.join(cli.SCRATCH, name + ".c"), os.path.join(cli.SCRATCH, name)
    with open(source, "w") as file:
        file.write(text)
    subprocess.check_call(["cc", "-D_GNU_SOURCE", "-o", program, source, "-lpthread"])
    return program


def events(program):
    recording = os.path.join(cli.SCRATCH, "sampled.mpw")
    cli.same("status", cli.watched(program, flags=("-n", "-qq", "--record=" + recording)).returncode, 0)
    return cli.run(os.path.join(cli.BUILD, "tests", "probe", "dump_recording"), recording).stdout.decode().splitlines()


def check_blocked_inside_libc():
    states = [line.split() for line in events(built("blocked", BLOCKED)) if " thread_state" in line]
    sampled = [words for words in states if "sampled=1" in words]
    if not sampled:
        raise cli.Skip("/proc/PID/syscall cannot be read here")
    cli.same("blocked in", sorted(set("%s %s" % (words[5], words[6].split("=")[0]) for words in sampled)), ["call=read fd"])
    main, other = sampled[0][1:3], sorted(set(words[2] for words in sampled))
    cli.same("threads", len(other), 2)
    cli.same("the board's own are not sampled", [w for w in states if "sampled=1" in w and w[1] != main[0]], [])
    ends = [words for words in states if len(words) == 4]
    cli.same("what was told is over once", len(ends), 1)


def check_not_attributed():
    program = built("busy", BUSY)
    report = cli.watched(program, flags=("-n",)).stderr.decode()
    found = re.search(r"not attributed: (\S+ \S+) read and (\S+) MiB written", report)
    if not found:
        raise AssertionError(report)
    assert 7.9 < float(found.group(2)) < 8.5, found.group(0)


def check_a_quiet_program_says_nothing():
    for command in (("python3", "-c", "import time, os; os.write(1, b'x' * 3000000); time.sleep(1.5)"),
                    ("sh", "-c", "head -c 9000000 /dev/zero | cat >/dev/null; sleep 1.5")): # its children's bytes are not its own
        report = cli.watched(*command, flags=("-n",), stdout=subprocess.DEVNULL).stderr.decode()
        if "not attributed" in report:
            raise AssertionError(report)


cli.main(sys.modules[__name__])
