# shows: the same with an executor as the outer pool, whose workers are no daemons.
# ends: exit 0
# python: 3.9+
# expect: none
# twin: daemon_with_children_wrong.py
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool


def square(x):
    return x * x


def row(n):
    with Pool(2) as inner:
        return inner.map(square, range(n))


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as outer:
        print(list(outer.map(row, [3, 4])))
