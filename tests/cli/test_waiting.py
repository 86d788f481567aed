#!/usr/bin/env python3
"""A program that hangs and is stopped: the report says at which lines its processes waited before the signal, not what they did
after it. On every Python that is present; and a C program."""
import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
IDLE_POOL = """
import multiprocessing, time
def work(x):
    if x: return x
    while True: pass
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    with multiprocessing.Pool(3) as pool:
        pool.map_async(work, range(4), chunksize=1)
        open("ready", "w").close()
        time.sleep(100)
"""


def pythons():
    found = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")) + ["/usr/bin/python3"]
    return [path for path in sorted(found) if os.access(path, os.X_OK)]


def stopped(name, command, number, after, group=True):
    """Runs it under mpwatch in a group of its own and sends the signal; the report as text and as JSON."""
    report = os.path.join(cli.SCRATCH, name)
    process = subprocess.Popen([cli.MPWATCH, "-n", "-o", report + ".txt", "--json", report + ".json"] + command, cwd=cli.SCRATCH,
                               start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    (os.killpg if group else os.kill)(process.pid, number)
    process.wait(30)
    with open(report + ".txt") as text, open(report + ".json") as data:
        return text.read(), json.load(data)


def check(condition, name, found):
    if not condition:
        raise AssertionError("%s: %s" % (name, found))


def rows(report):
    return {(row["who"], row["thread"]): row for row in report["waiting"]}


def join_of(python):
    """main waits for the child, the child for its feeder thread, that one for room in the pipe."""
    for number in (signal.SIGINT, signal.SIGTERM):
        text, report = stopped("join", [python, os.path.join(SAMPLES, "join_before_queue_is_read_wrong.py")], number, 2.5)
        found = rows(report)
        name = "%s, signal %d" % (python, number)
        check("WAITING  when %s came" % signal.Signals(number).name in text, name, text)
        check(sorted(found) == [("main", "main"), ("w1", "QueueFeederThread"), ("w1", "main")], name, sorted(found))
        row = found["main", "main"]
        check(row["call"].startswith("wait") and row["line"] == 19 and "join_before_queue" in row["file"], name, row)
        check(row["stack"][0]["file"].endswith("popen_fork.py"), name, row["stack"][0])
        row = found["w1", "QueueFeederThread"]
        check(row["use"] == "Queue" and row["stack"][0]["file"].endswith("connection.py"), name, row)
        check(all(r["longest_s"] > 1 for r in found.values()), name, found)


def pool_of(python):
    """Workers without work fold; the one that computes for ever is told by its task."""
    script = os.path.join(cli.SCRATCH, "idle.py")
    with open(script, "w") as file:
        file.write(IDLE_POOL)
    text, report = stopped("idle", [python, script], signal.SIGTERM, 2.5)  # after SIGINT, Pool itself may hang
    main = [row for row in report["waiting"] if row["who"] == "main" and row["thread"] == "main"]
    idle = [row for row in report["waiting"] if row["use"] == "Pool tasks" or row["call"] == "sem_wait"]
    check(len(main) == 1 and main[0]["line"] == 11, python, report["waiting"])
    check(idle and all(row["stack"][-1]["function"].endswith("_bootstrap") for row in idle if "w" in row["who"]), python, idle)
    check(" ran at idle.py:5, in `work` (idle.py:3), task 1 of call 1 to the pool" in text, python, text)
    check([row["line"] for row in report["running"]] == [5], python, report["running"])


def check_end_by_itself():
    text, report = stopped("itself", ["sh", "-c", "exit 3"], 0, 0.5)
    check(report["waiting"] == [] and "WAITING" not in text, "a program that ends by itself", text)


def check_c_program():
    text, report = stopped("c", ["sleep", "100"], signal.SIGINT, 1.0)
    check(rows(report).get(("main", "main"), {}).get("call") in ("nanosleep", "clock_nanosleep"), "sleep", report["waiting"])


def check_join():
    for python in pythons():
        join_of(python)


def check_without_reading():
    """Where the kernel lets nobody read the memory of others, threads say before each call where they are."""
    os.environ["MPWATCH_TEST"] = "no-reading"
    try:
        join_of(pythons()[-1])
    finally:
        del os.environ["MPWATCH_TEST"]


def check_pool():
    for python in pythons():
        pool_of(python)


if __name__ == "__main__":
    cli.main(sys.modules["__main__"])
