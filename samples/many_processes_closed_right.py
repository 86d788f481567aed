# shows: many processes in turn under a low limit, each closed as it ends: many were open over time, few at once.
# ends: exit 0
# python: 3.7+
# expect: none
# twin: too_many_open_files_wrong.py
import resource
from multiprocessing import Process


def fetch(url):
    pass


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    for number in range(150):
        process = Process(target=fetch, args=(number,))
        process.start()
        process.join()
        process.close()
    print("fetched 150")
