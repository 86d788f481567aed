# shows: one Process per item, all kept in a list. Each keeps descriptors open until it is closed or collected: after
#        some hundreds os.pipe() inside Process.start() fails with "Too many open files".
# ends: exit 1
# python: 3.6+
# expect: F001
# twin: too_many_open_files_right.py
import resource
import time
from multiprocessing import Process


def fetch(url):
    time.sleep(0.05)


if __name__ == "__main__":
    # The usual limit is 1024; a smaller one brings the same failure sooner.
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    urls = ["http://example.invalid/%d" % i for i in range(200)]
    processes = []
    for url in urls:
        process = Process(target=fetch, args=(url,))
        process.start()
        processes.append(process)
    for process in processes:
        process.join()
    print("fetched", len(processes))
