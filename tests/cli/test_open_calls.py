#!/usr/bin/env python3
"""A call that never ends counts: in the time blocked of its pipe or lock, and in the worker's shares."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli

WRITER = """
import os, signal, sys, time
r, w = os.pipe()
child = os.fork()
if child == 0:
    while True:
        os.write(w, b"x" * 4096)      # until the pipe is full, and then for ever
time.sleep(2)
%s
"""
LOCK = """
import multiprocessing as m, os, signal, time
def wait(lock):
    lock.acquire()
if __name__ == "__main__":
    m.set_start_method("fork")
    lock = m.Lock()
    lock.acquire()
    child = m.Process(target=wait, args=(lock,))
    child.start()
    time.sleep(2)
    %s
"""
KILL = "os.kill(child if isinstance(child, int) else child.pid, signal.SIGKILL); os.waitpid(-1, 0)"
LEAVE = "open(os.environ['LEFT'], 'w').write('%d' % getattr(child, 'pid', child)); os._exit(0)"  # the child is still blocked when the run ends


def end_left(path):
    if os.path.exists(path):
        with open(path) as file:
            os.kill(int(file.read()), signal.SIGKILL)
        os.unlink(path)


def run(text, end, name):
    script = os.path.join(cli.SCRATCH, "open.py")
    recording = os.path.join(cli.SCRATCH, name + ".mpw")
    live = os.path.join(cli.SCRATCH, name + ".json")
    with open(script, "w") as file:
        file.write(text.replace("%s", end))
    left = os.path.join(cli.SCRATCH, "left.pid")
    result = cli.watched(sys.executable, script, flags=("-n", "-qq", "--json", live, "--record=" + recording),
                         env=cli.clean_environment(LEFT=left), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end_left(left)
    cli.same("status", result.returncode, 0)
    again = cli.run(cli.MPWATCH, "report", "--json", "-", recording)
    with open(live) as file:
        text = file.read()
    cli.same("the report replayed", again.stdout.decode(), text)
    return json.loads(text)


def worker_share(report, share):
    return [w["seconds"][share] for w in report["workers"] if w["name"] == "w1"][0]


def check_blocked_writer_left():
    report = run(WRITER, LEAVE, "left")
    pipe = report["channels"][0]
    assert 1.5 < pipe["writers_blocked_s"] < 8, pipe
    assert worker_share(report, "output") > 1.5, report["workers"]


def check_blocked_writer_killed():
    report = run(WRITER, KILL, "killed")
    pipe = report["channels"][0]
    assert 1.5 < pipe["writers_blocked_s"] < 8, pipe
    assert worker_share(report, "output") > 1.5, report["workers"]


def check_lock_waited_for():
    for name, end in (("lock-left", LEAVE), ("lock-killed", KILL)):
        report = run(LOCK, end, name)
        waited = [lock for lock in report["locks"] if lock["waited_s"] > 1.5]
        assert waited and waited[0]["waits"] == 1, (name, report["locks"])
        assert worker_share(report, "lock") > 1.5, (name, report["workers"])


def check_a_short_wait_is_told_while_it_lasts():
    """What everybody waits for must be known of a run that ends before its first second does."""
    script = os.path.join(cli.SCRATCH, "short.py")
    recording = os.path.join(cli.SCRATCH, "short.mpw")
    with open(script, "w") as file:
        file.write(LOCK.replace("%s", "lock.release(); child.join()").replace("sleep(2)", "sleep(0.8)"))
    cli.same("status", cli.watched(sys.executable, script, flags=("-n", "-qq", "--record=" + recording)).returncode, 0)
    text = cli.run(os.path.join(cli.BUILD, "tests", "probe", "dump_recording"), recording).stdout.decode()
    told = [line for line in text.splitlines() if " thread_state " in line and "call=sem_" in line]
    cli.same("the wait is told once: %r" % told, len(told), 1)


if __name__ == "__main__":
    cli.main(sys.modules[__name__])
