#!/usr/bin/env python3
"""Waits for another thread of the same process are on the board, with their place; only what the program locks is a lock."""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

TESTS = os.path.join(cli.BUILD, "tests", "probe")
FDS = {"pthread_join": -2, "pthread_mutex_lock": -1, "pthread_cond_wait": -2}


def expected():
    """The lines of the source that end with "waits"."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "private_waits.c")) as source:
        lines = [(n, line) for n, line in enumerate(source, 1) if "/* waits */" in line]
    return {call: (fd, n) for call, fd in FDS.items() for n, line in lines if call in line}


def states(text):
    """call -> (fd, line of its place), of the last state of each thread."""
    stacks = dict(re.findall(r' stack id=(\d+) frames="([^ "]+)', text))
    lines = {"%s+%#x" % (m, int(o)): int(n) for m, o, n in re.findall(r" symbol module=(\d+) offset=(\d+) line=(\d+) ", text)}
    found = {}
    for call, fd, stack in re.findall(r" thread_state .*?call=(\w+) fd=(-?\d+).* stack=(\d+)", text):
        found[call] = (int(fd), lines.get(stacks[stack]))
    return found


def check_waits_for_threads():
    recording = os.path.join(cli.SCRATCH, "waits.mpw")
    run = cli.run(cli.MPWATCH, "record", "-qq", "-o", recording, "--", os.path.join(TESTS, "private_waits"))
    cli.same("status", run.returncode, -signal.SIGALRM)
    text = cli.run(os.path.join(TESTS, "dump_recording"), recording).stdout.decode()
    cli.same("states", states(text), expected())


cli.main(sys.modules[__name__])
