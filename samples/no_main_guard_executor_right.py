# shows: the same executor with a main guard.
# ends: exit 0
# python: 3.7+
# expect: none
# twin: no_main_guard_executor_wrong.py
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor


def validate(row):
    return row % 2 == 0


def main():
    with ProcessPoolExecutor(max_workers=2, mp_context=mp.get_context("spawn")) as executor:
        for result in executor.map(validate, range(4)):
            print(result)


if __name__ == "__main__":
    main()
