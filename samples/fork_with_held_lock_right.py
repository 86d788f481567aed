# shows: the same with the spawn method: the child makes its own lock.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: fork_with_held_lock_wrong.py
import multiprocessing as mp
import threading
import time

cache_lock = threading.Lock()


def prefetch():
    with cache_lock:
        time.sleep(0.5)


def work():
    with cache_lock:
        print("worked", flush=True)


if __name__ == "__main__":
    thread = threading.Thread(target=prefetch)
    thread.start()
    time.sleep(0.1)
    process = mp.get_context("spawn").Process(target=work)
    process.start()
    thread.join()
    process.join()
