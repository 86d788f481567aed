# shows: the same work in a process pool: both CPUs are used.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: threads_for_cpu_wrong.py
import time
from concurrent.futures import ProcessPoolExecutor


def count_primes(limit):
    return sum(all(n % d for d in range(2, int(n ** 0.5) + 1)) for n in range(2, limit))


if __name__ == "__main__":
    begin = time.time()
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(count_primes, [20000] * 8)))
    print("%.2f s" % (time.time() - begin))
