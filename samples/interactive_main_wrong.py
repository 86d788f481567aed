# shows: a program read from standard input (as from a notebook or the prompt) with the spawn method: the workers have
#        no file to import the function from.
# ends: exit 1
# python: 3.7+
# run: sh -c "exec python3 - <interactive_main_wrong.py"
# expect: B017
# says: it comes from no file
# twin: no_main_guard_executor_right.py
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor


def square(x):
    return x * x


if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as executor:
        print(executor.submit(square, 3).result())
