# shows: a task of an executor ends its process by os._exit(): BrokenProcessPool for everybody who waits, and nothing says
#        which task it was.
# ends: exit 1
# python: 3.6+
# expect: B008
# place: os._exit(3)
# says: `parse` calls os._exit(3) in a task
# twin: os_exit_in_task_right.py
import os
from concurrent.futures import ProcessPoolExecutor


def parse(line):
    if not line.isdigit():
        os._exit(3)
    return int(line)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        print(list(executor.map(parse, ["1", "2", "three", "4"])))
