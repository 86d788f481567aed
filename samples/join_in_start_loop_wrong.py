# shows: start() and join() in one loop: each process is waited for before the next is started. Four processes, the
#        time of a plain loop.
# ends: exit 0
# python: 3.6+
# expect: none
# later: U006
# twin: join_in_start_loop_right.py
import time
from multiprocessing import Process


def convert(number):
    end = time.time() + 0.3
    while time.time() < end:
        pass


if __name__ == "__main__":
    for number in range(4):
        process = Process(target=convert, args=(number,))
        process.start()
        process.join()
