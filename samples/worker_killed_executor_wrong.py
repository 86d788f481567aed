# shows: the parent kills one of its executor's workers with SIGKILL: BrokenProcessPool. The executor then ends the
#        other workers itself; those are consequences, not causes.
# ends: exit 1
# python: 3.6+
# expect: B004
# twin: worker_killed_executor_right.py
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor


def transform(number):
    time.sleep(0.3)
    return os.getpid()


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        pids = set(executor.map(transform, range(2)))
        future = executor.submit(transform, 3)
        os.kill(pids.pop(), signal.SIGKILL)
        print(future.result())
