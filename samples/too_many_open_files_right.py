# shows: the same 200 items with a fixed number of workers: the descriptors in use stay few.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: too_many_open_files_wrong.py
import resource
import time
from multiprocessing import Pool


def fetch(url):
    time.sleep(0.005)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    urls = ["http://example.invalid/%d" % i for i in range(200)]
    with Pool(4) as pool:
        done = pool.map(fetch, urls)
    print("fetched", len(done))
