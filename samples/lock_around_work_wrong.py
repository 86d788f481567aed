# shows: the whole work stands inside one lock: many processes, one at work.
# ends: exit 0
# python: 3.6+
# expect: none
# later: L001
# twin: lock_around_work_right.py
import time
from multiprocessing import Lock, Process


def render(lock, page):
    with lock:
        end = time.time() + 0.2
        while time.time() < end:
            pass
        print("page", page, flush=True)


if __name__ == "__main__":
    lock = Lock()
    processes = [Process(target=render, args=(lock, page)) for page in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
