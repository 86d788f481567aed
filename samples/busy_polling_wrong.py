# shows: while not result.ready(): pass -- the parent burns a CPU that a worker could use.
# ends: exit 0
# python: 3.6+
# expect: none
# later: U008
# twin: busy_polling_right.py
import time
from multiprocessing import Pool


def resize(number):
    time.sleep(0.25)
    return number


if __name__ == "__main__":
    with Pool(2) as pool:
        result = pool.map_async(resize, range(8), chunksize=1)
        while not result.ready():
            pass
        print(sum(result.get()))
