# shows: the same executor whose tasks stay small enough.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: worker_killed_executor_wrong.py
from concurrent.futures import ProcessPoolExecutor


def load(size):
    return size


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        for size in executor.map(load, [10, 100, 1000]):
            print(size)
