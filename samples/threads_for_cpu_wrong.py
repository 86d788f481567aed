# shows: a thread pool for CPU-bound Python: the threads take turns on one interpreter lock, the second CPU stays idle.
# ends: exit 0
# python: 3.6+
# expect: none
# later: U009
# twin: threads_for_cpu_right.py
import time
from concurrent.futures import ThreadPoolExecutor


def count_primes(limit):
    return sum(all(n % d for d in range(2, int(n ** 0.5) + 1)) for n in range(2, limit))


if __name__ == "__main__":
    begin = time.time()
    with ThreadPoolExecutor(4) as pool:
        print(list(pool.map(count_primes, [20000] * 8)))
    print("%.2f s" % (time.time() - begin))
