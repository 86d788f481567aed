# shows: the pool's initializer raises in every worker: Pool starts new workers for ever and no task is ever read.
# ends: hangs
# python: 3.6+
# expect: B003
# place: open("/nonexistent/settings.ini")
# says: FileNotFoundError
# twin: initializer_raises_right.py
import time
from multiprocessing import Pool


def connect():
    time.sleep(0.05)
    open("/nonexistent/settings.ini").close()


def query(number):
    return number


if __name__ == "__main__":
    with Pool(2, initializer=connect) as pool:
        print(pool.map(query, range(4)))
