# shows: the table is set up under the main guard, in the first process only. A spawned worker imports the file again,
#        does not find it, and dies before it takes a task; the program hears BrokenProcessPool.
# ends: exit 1
# python: 3.7+
# expect: B002
# place: TABLE = sys.modules["table_of_squares"]
# says: KeyError
# twin: child_cannot_import_right.py
import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    sys.modules["table_of_squares"] = {n: n * n for n in range(10)}
TABLE = sys.modules["table_of_squares"]


def look_up(index):
    return TABLE[index]


if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as executor:
        print(executor.submit(look_up, 3).result())
