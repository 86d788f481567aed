# shows: the same with the function above the main guard.
# ends: exit 0
# python: 3.7+
# expect: none
# twin: function_behind_guard_wrong.py
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def square(x):
    return x * x


if __name__ == "__main__":
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        print(list(executor.map(square, range(4))))
