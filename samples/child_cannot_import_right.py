# shows: the same with a table that is made wherever the file is imported.
# ends: exit 0
# python: 3.7+
# expect: none
# twin: child_cannot_import_wrong.py
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor

TABLE = {n: n * n for n in range(10)}


def look_up(index):
    return TABLE[index]


if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as executor:
        print(executor.submit(look_up, 3).result())
