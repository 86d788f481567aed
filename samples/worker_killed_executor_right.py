# shows: the same executor whose workers end by themselves.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: worker_killed_executor_wrong.py
import os
import time
from concurrent.futures import ProcessPoolExecutor


def transform(number):
    time.sleep(0.1)
    return os.getpid()


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        pids = set(executor.map(transform, range(2)))
        future = executor.submit(transform, 3)
        print(future.result() in pids or len(pids) < 2)
