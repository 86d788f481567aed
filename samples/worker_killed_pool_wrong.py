# shows: a worker of a Pool is killed by SIGKILL in the middle of its task. The pool starts another worker, but the task
#        is gone and map() waits for ever.
# ends: hangs
# python: 3.6+
# expect: B004
# place: os.kill(os.getpid(), signal.SIGKILL)
# says: was in `transform`
# later: D007
# twin: worker_killed_pool_right.py
import os
import signal
from multiprocessing import Pool


def transform(number):
    if number == 5:
        # What the kernel does when memory runs out, or an operator with kill -9.
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(transform, range(10), chunksize=1))
