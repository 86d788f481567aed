# shows: a task of a Pool calls sys.exit() (as argparse does on a bad option): the worker ends quietly with its task,
#        map() waits for ever and there is no line on stderr.
# ends: hangs
# python: 3.6+
# expect: B008
# place: sys.exit(2)
# says: `parse` calls sys.exit(2) in a task
# twin: sys_exit_in_task_right.py
import sys
from multiprocessing import Pool


def parse(line):
    if not line.isdigit():
        sys.exit(2)
    return int(line)


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(parse, ["1", "2", "three", "4"], chunksize=1))
