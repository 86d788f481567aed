# shows: only the printing is locked.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: lock_around_work_wrong.py
import time
from multiprocessing import Lock, Process


def render(lock, page):
    end = time.time() + 0.2
    while time.time() < end:
        pass
    with lock:
        print("page", page, flush=True)


if __name__ == "__main__":
    lock = Lock()
    processes = [Process(target=render, args=(lock, page)) for page in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
