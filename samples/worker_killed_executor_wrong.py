# shows: a worker of a ProcessPoolExecutor is killed by SIGKILL in its task: BrokenProcessPool, which names neither the worker
#        nor the signal. The executor then ends the other workers itself; those are consequences, not causes.
# ends: exit 1
# python: 3.6+
# expect: B004
# place: os.kill(os.getpid(), signal.SIGKILL)
# says: was in `load`
# twin: worker_killed_executor_right.py
import os
import signal
from concurrent.futures import ProcessPoolExecutor


def load(size):
    if size > 1000:
        # What the kernel does to the process that asks for too much memory.
        os.kill(os.getpid(), signal.SIGKILL)
    return size


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        for size in executor.map(load, [10, 100, 1000, 10000]):
            print(size)
