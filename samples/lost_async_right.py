# shows: the same with get() before the end of the block.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: lost_async_wrong.py
import time
from multiprocessing import Pool


def resize(number):
    time.sleep(0.05)
    return number


if __name__ == "__main__":
    with Pool(2) as pool:
        result = pool.map_async(resize, range(40))
        result.get()
    print("all resized:", result.ready())
