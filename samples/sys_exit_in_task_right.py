# shows: the same with an exception, which the pool brings to the caller.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: sys_exit_in_task_wrong.py
from multiprocessing import Pool


def parse(line):
    if not line.isdigit():
        raise ValueError("not a number: " + line)
    return int(line)


if __name__ == "__main__":
    with Pool(2) as pool:
        try:
            print(pool.map(parse, ["1", "2", "three", "4"], chunksize=1))
        except ValueError as error:
            print("bad input:", error)
