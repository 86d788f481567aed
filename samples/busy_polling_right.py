# shows: get() waits without using a CPU.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: busy_polling_wrong.py
import time
from multiprocessing import Pool


def resize(number):
    time.sleep(0.25)
    return number


if __name__ == "__main__":
    with Pool(2) as pool:
        print(sum(pool.map_async(resize, range(8), chunksize=1).get()))
