#!/usr/bin/env python3
"""Random keys, clicks, pastes and sizes on replayed runs: it neither crashes nor leaves by anything but q, and the terminal is as it
was. MPW_FUZZ_SECONDS: how long (5); MPW_FUZZ_SEED: which keys (printed when something fails)."""
import glob, os, random, tempfile, time

import terminal as t
from random_keys import KEYS, SIZES
from terminal import DEADLINE, HERE, TRACE, fail, leave, pty_session, read_until_quiet, set_size

SECONDS = float(os.environ.get("MPW_FUZZ_SECONDS", "5"))
SEED = int(os.environ.get("MPW_FUZZ_SEED", random.randrange(1 << 30)))
TRACES = [TRACE] + sorted(glob.glob(os.path.join(HERE, "..", "golden", "*.trace")))
ENVIRONMENT = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "EDITOR": "true", "VISUAL": "true", "PAGER": "true",
               "ASAN_OPTIONS": "detect_leaks=0"}

def session(rng, trace, folder, end):
    pid, fd = pty_session(ENVIRONMENT, trace)
    sent = []
    read_until_quiet(fd, 0.3, DEADLINE)
    stop = min(end, time.monotonic() + 4)
    while time.monotonic() < stop:
        data = rng.choice(KEYS) if rng.random() > 0.05 else b"\x1b[<0;%d;%dM" % (rng.randrange(1, 82), rng.randrange(1, 26))
        sent.append(data)
        os.write(fd, data)
        if rng.random() < 0.03:
            set_size(fd, *rng.choice(SIZES))
        read_until_quiet(fd, 0.001, 0.02)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            fail(f"seed {SEED}, {os.path.basename(trace)}: ended with wait status {status} after {b''.join(sent[-12:])!r}")
            return len(sent)
    for _ in range(4):  # out of prompts and menus
        os.write(fd, b"\x1b")
        read_until_quiet(fd, 0.1, 1)
    set_size(fd, 80, 24)
    status = leave(pid, fd)
    if status is None:
        fail(f"seed {SEED}, {os.path.basename(trace)}: q does not leave after {b''.join(sent[-12:])!r}")
    elif status != 0 or t.failed:
        fail(f"seed {SEED}, {os.path.basename(trace)}: wait status {status}, or the modes changed")
    return len(sent)

rng = random.Random(SEED)
keys = sessions = 0
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)  # whatever is written lands here
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and not t.failed:
        keys += session(rng, rng.choice(TRACES) if sessions else TRACE, folder, end)
        sessions += 1
    os.chdir("/")
print(f"{keys} keys in {sessions} sessions")
t.finish("random keys")
