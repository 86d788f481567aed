# shows: the child sends map(f, rows). A map object pickles as "f and the rows": the child only copies, the parent
#        computes everything itself when it consumes the iterator. No error, no speed-up.
# ends: exit 0
# python: 3.6-3.13
# expect: none
# later: U007
# twin: lazy_result_right.py
import os
from multiprocessing import Pipe, Process


def slow_square(x):
    total = 0
    for i in range(2000):
        total += x * i
    return total, os.getpid()


def work(conn, rows):
    conn.send(map(slow_square, rows))
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
