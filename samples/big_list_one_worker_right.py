# shows: the same work on a shared array: workers get the bounds of their part, nothing big is copied.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: big_list_one_worker_wrong.py
import ctypes
import multiprocessing as mp
import time

ctx = mp.get_context("fork")
shared = ctx.RawArray(ctypes.c_longlong, 3000000)


def double(first, end):
    for i in range(first, end):
        shared[i] *= 2


if __name__ == "__main__":
    shared[:] = range(3000000)
    begin = time.time()
    with ctx.Pool(2) as pool:
        pool.starmap(double, [(0, 1500000), (1500000, 3000000)])
    print("pool  %.2f s, last %d" % (time.time() - begin, shared[-1]))
