# shows: one pool for the whole run.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: pool_per_call_wrong.py
from multiprocessing import Pool


def normalise(value):
    return value / 10.0


def normalise_batch(pool, values):
    return pool.map(normalise, values)


if __name__ == "__main__":
    with Pool(2) as pool:
        print(sum(sum(normalise_batch(pool, range(n, n + 10))) for n in range(0, 150, 10)))
