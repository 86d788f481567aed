# shows: first all starts, then all joins.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: join_in_start_loop_wrong.py
import time
from multiprocessing import Process


def convert(number):
    end = time.time() + 0.3
    while time.time() < end:
        pass


if __name__ == "__main__":
    processes = [Process(target=convert, args=(number,)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
