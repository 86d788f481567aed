"""billiard, the pool of processes that celery uses."""
from billiard import Pool


def triple(x):
    return 3 * x


if __name__ == "__main__":
    pool = Pool(2)
    print(sum(pool.map(triple, range(300))))
    pool.close()
    pool.join()
