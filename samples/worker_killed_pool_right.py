# shows: workers ended by SIGTERM from their own pool's terminate(), at the end of the with block: no failure.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: worker_killed_pool_wrong.py
from multiprocessing import Pool


def transform(number):
    return number * 2


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(transform, range(10), chunksize=1))
