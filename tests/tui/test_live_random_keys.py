#!/usr/bin/env python3
"""Random keys, clicks, pastes and sizes while a program runs that makes and ends processes, prints and reads: the screen does not crash, it is left by
q only, and the terminal is as it was. MPW_FUZZ_SECONDS: how long (5); MPW_FUZZ_SEED: which keys (printed when something fails)."""
import os, random, time

import terminal as t
from live import Run, own_folder
from random_keys import KEYS, SIZES
from terminal import DEADLINE, fail, set_size

SECONDS = float(os.environ.get("MPW_FUZZ_SECONDS", "5"))
SEED = int(os.environ.get("MPW_FUZZ_SEED", random.randrange(1 << 30)))

PROGRAM = '''
import multiprocessing, os, select, sys, time
context = multiprocessing.get_context("fork")
def work(queue, lock, n):
    files = [open("/dev/null") for i in range(n % 7)]
    for i in range(20):
        with lock:
            queue.put("x" * 1000 * n)
        time.sleep(0.01)
queue, lock, n = context.Queue(), context.Lock(), 0
while True:
    workers = [context.Process(target=work, args=(queue, lock, i)) for i in range(4)]
    for worker in workers: worker.start()
    for i in range(80): queue.get()
    for worker in workers: worker.join()
    n += 1
    print("\\033[3%dmround %d\\033[0m \\033[%d;%dH\\ttext \\u65e5\\u672c" % (n % 8, n, n % 30, n % 90), flush=True)
    if n % 5 == 0: os.write(1, os.urandom(300))
    if select.select([0], [], [], 0)[0]: os.read(0, 100)
'''


def leave(run):
    """q asks as long as the program runs: k stops it, once more: kills it."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        for key in (b"\x1d", b"\x1b", b"\x1b", b"\x1b", b"q", b"k"):
            try:
                os.write(run.fd, key)
            except OSError:
                pass
            run.read(0.05)
            if os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return run.end()
    return run.end(1)


def session(rng, folder, end):
    run = Run(folder, "-qq", "/usr/bin/python3", "-c", PROGRAM, ASAN_OPTIONS="detect_leaks=0")
    sent = []
    run.wait(b"qQuit")
    stop = min(end, time.monotonic() + 8)
    while time.monotonic() < stop:
        data = rng.choice(KEYS + [b"i", b"9", b"L"]) if rng.random() > 0.05 else b"\x1b[<0;%d;%dM" % (rng.randrange(1, 82), rng.randrange(1, 26))
        if rng.random() < 0.05:
            data = b"\x1d"  # ends typing
        sent.append(data)
        run.keys(data)
        if rng.random() < 0.03:
            set_size(run.fd, *rng.choice(SIZES))
        run.read(0.005)
        if os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) or b"the screen ended (" in run.data:
            fail(f"seed {SEED}: the screen has ended after {b''.join(sent[-12:])!r}: {run.data[-600:]!r}")
            break
        run.data = run.data[-1000:]
    set_size(run.fd, 80, 24)
    if leave(run) is None or b"the screen ended (" in run.data:
        fail(f"seed {SEED}: the end, after {b''.join(sent[-12:])!r}: {run.data[-600:]!r}")
    return len(sent)


def main():
    rng = random.Random(SEED)
    keys = sessions = 0
    with own_folder() as folder:
        os.chdir(folder)  # whatever is written lands here
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and not t.failed:
            keys += session(rng, folder, end)
            sessions += 1
        os.chdir("/")
    print(f"{keys} keys in {sessions} sessions")
    t.finish("live random keys")


main()
