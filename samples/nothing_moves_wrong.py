# shows: main holds a lock that its worker wants, and waits for the worker: nothing moves any more.
# ends: hangs
# python: 3.6+
# options: --hang-after 2s
# expect: D005
# later: D002
# twin: nothing_moves_right.py
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
