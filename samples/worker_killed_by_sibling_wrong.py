# shows: one Process kills another (a home-made watchdog with a wrong idea of "stuck"); the parent sees exitcode -9.
# ends: exit 1
# python: 3.6+
# expect: B004
# place: os.kill(pid, signal.SIGKILL)
# twin: worker_killed_pool_right.py
import os
import signal
import sys
import time
from multiprocessing import Process


def work():
    time.sleep(10)


def watchdog(pid):
    time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    worker = Process(target=work, name="worker")
    worker.start()
    guard = Process(target=watchdog, args=(worker.pid,), name="watchdog")
    guard.start()
    guard.join()
    worker.join()
    sys.exit(0 if worker.exitcode == 0 else "worker ended with %d" % worker.exitcode)
