#!/usr/bin/env python3
"""Random keys, clicks, pastes and sizes on replayed runs: it neither crashes nor leaves by anything but q, and the terminal is as it
was. MPW_FUZZ_SECONDS: how long (5); MPW_FUZZ_SEED: which keys (printed when something fails)."""
import glob, os, random, tempfile, time

import terminal as t
from terminal import DEADLINE, HERE, TRACE, fail, leave, pty_session, read_until_quiet, set_size

SECONDS = float(os.environ.get("MPW_FUZZ_SECONDS", "5"))
SEED = int(os.environ.get("MPW_FUZZ_SEED", random.randrange(1 << 30)))
TRACES = [TRACE] + sorted(glob.glob(os.path.join(HERE, "..", "golden", "*.trace")))
ENVIRONMENT = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "EDITOR": "true", "VISUAL": "true", "PAGER": "true",
               "ASAN_OPTIONS": "detect_leaks=0"}
# Not Ctrl-C and Ctrl-Z, which are ways out of their own, nor q outside of prompts.
KEYS = [bytes([i]) for i in range(32, 127) if i not in b"qw"] + [
    b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F", b"\r", b"\x1b", b"\x7f", b"\t", b"\x1b[Z",
    b"\x1bOP", b"\x1bOS", b"\x1b[17~", b"\x1b[20~", b"\x0c", b"\x04", b"\x15", b"\x02", b"\x06", b"\xff", b"\xc3\xa9", b"\xf0\x9f\x98\x80",
    b"\x00", b"\x1b[200~q w\r\x1b[201~", b"\x1b[<", b"\x1b[1;2", b"t5\r", b"t1:02.5\r", b"/w\r", b"\\w\r", b"\\\x15\r", b"\x1b[<64;5;8M",
    b"\x1b[<65;5;8M", b"\x1b[<35;5;8M"] + [b"[", b"]", b"{", b"}", b",", b".", b"m"] * 2 + [str(i).encode() for i in range(10)] * 2
SIZES = [(80, 24)] * 4 + [(120, 40), (40, 10), (20, 3), (1, 1), (10, 1), (300, 90), (500, 200), (79, 23), (39, 8), (60, 14), (0, 0)]

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
