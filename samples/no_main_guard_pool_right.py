# shows: the same Pool with a main guard.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: no_main_guard_pool_wrong.py
import multiprocessing as mp


def square(x):
    return x * x


def main():
    with mp.get_context("spawn").Pool(2) as pool:
        print(pool.map(square, range(10)))


if __name__ == "__main__":
    main()
