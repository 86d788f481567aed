# shows: the same with the Pool made behind the functions.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: pool_before_functions_wrong.py
from multiprocessing import get_context


def square(x):
    return x * x


if __name__ == "__main__":
    with get_context("fork").Pool(2) as pool:
        print(pool.map(square, range(10)))
