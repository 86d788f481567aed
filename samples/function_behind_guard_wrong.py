# shows: a function is defined behind the main guard. The fresh interpreters of spawn import the file without that part,
#        do not know the function, and the executor is broken.
# ends: exit 1
# python: 3.7+
# expect: S002
# place: executor.map(
# twin: function_behind_guard_right.py
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

if __name__ == "__main__":
    def square(x):
        return x * x

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        print(list(executor.map(square, range(4))))
