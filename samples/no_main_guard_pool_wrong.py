# shows: Pool without a main guard under spawn: every worker dies while it imports this file, the pool replaces it,
#        and so on for ever. Thousands of lines on stderr, map() never returns.
# ends: hangs
# python: 3.6+
# expect: B001
# place: mp.get_context("spawn").Pool(2)
# says: runs again in each of its own workers
# twin: no_main_guard_pool_right.py
import multiprocessing as mp


def square(x):
    return x * x


pool = mp.get_context("spawn").Pool(2)
print(pool.map(square, range(10)))
pool.close()
pool.join()
