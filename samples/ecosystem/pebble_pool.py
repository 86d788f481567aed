"""Pebble: a pool with time limits for its tasks, and one task that is over its limit."""
import time
from concurrent.futures import TimeoutError

from pebble import ProcessPool


def work(seconds):
    time.sleep(seconds)
    return seconds


if __name__ == "__main__":
    with ProcessPool(max_workers=2) as pool:
        futures = [pool.schedule(work, args=[seconds], timeout=1) for seconds in (0.01, 0.02, 30, 0.01)]
        for future in futures:
            try:
                print("done", future.result())
            except TimeoutError:
                print("over its limit")
