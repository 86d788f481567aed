# shows: map_async inside "with Pool" without get(): leaving the block terminates the workers with the tasks undone.
# ends: exit 0
# python: 3.6+
# expect: none
# later: B011
# twin: lost_async_right.py
import time
from multiprocessing import Pool


def resize(number):
    time.sleep(0.05)
    return number


if __name__ == "__main__":
    with Pool(2) as pool:
        result = pool.map_async(resize, range(40))
    print("all resized:", result.ready())
