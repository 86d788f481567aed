# shows: a fork while another thread holds a lock (TensorFlow, gRPC and OpenMP programs hang like this): the child has
#        a copy of the locked lock, and no thread that will ever release it.
# ends: hangs
# python: 3.6+
# expect: none
# later: D001
# twin: fork_with_held_lock_right.py
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
    process = mp.get_context("fork").Process(target=work)
    process.start()
    thread.join()
    process.join()
