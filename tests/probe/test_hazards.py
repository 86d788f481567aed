#!/usr/bin/env python3
"""Each program of hazards.c, corners.c and forks.c behaves the same under the probe as without it, and its processes were seen."""
import os
import re
import subprocess
import sys
import tempfile

build = os.environ.get("MPW_BUILD", "build/release")
tests = os.path.join(build, "tests/probe")
library = os.path.join(build, "lib/mpwatch")

# At least this many processes and images must have reported themselves. A child that only execs or exits says nothing.
STARTS = {"vfork": 201, "clone": 5, "exec": 15, "fork_threads": 401, "daemon": 2, "descriptors": 3, "seccomp_strict": 3,
          "memory": 3, "locks": 4, "seccomp_filter": 4, "seccomp_exec": 2, "not_dumpable": 2, "locked_memory": 2, "jump_out": 1,
          "atfork_handlers": 52, "past_us": 54, "busy_threads": 201, "forkpty": 2, "many_daemons": 6}
# Only libc's fork is used here: a child that the probe noticed late must say so, too.
FORKED = {"atfork_handlers", "past_us", "forkpty", "many_daemons"}
START_CLONE = 3  # src/wire/kinds.h


def run(argv, **extra):
    # Output to files: a child that outlives its parent must not hold the test back.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=60,
                                env=dict(os.environ, **extra)).returncode
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read()


def programs():
    for program in ("hazards", "corners", "forks"):
        path = os.path.abspath(os.path.join(tests, program))
        for name in subprocess.check_output([path, "--list"], text=True).split():
            yield path, name


def main():
    failed = 0
    for hazards, name in programs():
        with tempfile.NamedTemporaryFile("r") as records:
            bare = run([hazards, name])
            watched = run([os.path.abspath(os.path.join(tests, "dump_arena")), os.path.abspath(library), hazards, name],
                          DUMP_TO=records.name)
            text = records.read()
        problems = []
        if bare != watched:
            problems.append("bare %r\n    watched %r" % (bare, watched))
        if b"WRONG" in bare[1]:
            problems.append("the program itself fails: %r" % (bare[1],))
        starts = text.count(" start ")
        if name in FORKED and re.search(r" start .*how=%d\b" % START_CLONE, text):
            problems.append("a fork of libc's was taken for another")
        if starts < STARTS.get(name, 1):
            problems.append("%d processes seen, not %d" % (starts, STARTS.get(name, 1)))
        if "corrupt" in text or "bad record" in text:
            problems.append("damaged records")
        failed += bool(problems)
        print(name, "; ".join(problems) or "same, %d images" % starts)
    return 1 if failed else 0


sys.exit(main())
