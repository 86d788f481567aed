# shows: a new Pool for each small batch, never closed: start-up is paid every time and idle workers pile up.
# ends: exit 0
# python: 3.6+
# expect: none
# later: U010, F005
# twin: pool_per_call_right.py
from multiprocessing import Pool

pools = []


def normalise(value):
    return value / 10.0


def normalise_batch(values):
    pool = Pool(2)
    pools.append(pool)
    return pool.map(normalise, values)


if __name__ == "__main__":
    print(sum(sum(normalise_batch(range(n, n + 10))) for n in range(0, 150, 10)))
    for pool in pools:
        pool.terminate()
        pool.join()
