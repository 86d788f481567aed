# shows: threads that mostly wait (here: sleep, as for a slow server): the right tool, nothing to report.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: threads_for_cpu_wrong.py
import time
from concurrent.futures import ThreadPoolExecutor


def fetch(page):
    time.sleep(0.1)
    return page * 2


if __name__ == "__main__":
    with ThreadPoolExecutor(8) as pool:
        print(sum(pool.map(fetch, range(40))))
