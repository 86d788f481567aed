# shows: ProcessPoolExecutor without a main guard under spawn: its worker dies while it imports this file and the
#        caller sees BrokenProcessPool, which says nothing of the cause. This is "works on Linux, breaks on Windows".
# ends: exit 1
# python: 3.7+
# expect: B001
# place: executor.map(validate, range(4))
# says: runs again in each of its own workers
# twin: no_main_guard_executor_right.py
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor


def validate(row):
    return row % 2 == 0


executor = ProcessPoolExecutor(max_workers=2, mp_context=mp.get_context("spawn"))
for result in executor.map(validate, range(4)):
    print(result)
