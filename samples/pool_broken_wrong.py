# shows: a compiled library ends its process when it does not like its input (here: exit through ctypes). The executor says
#        BrokenProcessPool; neither Python nor a signal says why.
# ends: exit 1
# python: 3.6+
# expect: B005
# place: executor.map(convert, range(4))
# says: BrokenProcessPool
# twin: pool_broken_right.py
import ctypes
from concurrent.futures import ProcessPoolExecutor


def convert(number):
    if number == 2:
        ctypes.CDLL(None)._exit(3)
    return number * number


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        print(list(executor.map(convert, range(4))))
