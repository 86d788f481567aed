# shows: the same with list(map(...)): the children compute.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: lazy_result_wrong.py
import os
from multiprocessing import Pipe, Process


def slow_square(x):
    total = 0
    for i in range(2000):
        total += x * i
    return total, os.getpid()


def work(conn, rows):
    conn.send(list(map(slow_square, rows)))
    conn.close()


if __name__ == "__main__":
    jobs = []
    for part in range(2):
        ours, theirs = Pipe()
        process = Process(target=work, args=(theirs, list(range(part * 2000, part * 2000 + 2000))))
        process.start()
        jobs.append((process, ours))
    pids = set()
    for process, conn in jobs:
        pids.update(pid for _, pid in conn.recv())
        process.join()
    print("computed in the parent:", pids == {os.getpid()})
