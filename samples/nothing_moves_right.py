# shows: the lock is given back before main waits for the worker.
# ends: exit 0
# python: 3.6+
# options: --hang-after 2s
# expect: none
# twin: nothing_moves_wrong.py
import multiprocessing


def work(lock):
    with lock:
        print("worked", flush=True)


if __name__ == "__main__":
    lock = multiprocessing.Lock()
    with lock:
        process = multiprocessing.Process(target=work, args=(lock,))
        process.start()
    process.join()
