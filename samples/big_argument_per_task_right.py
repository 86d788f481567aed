# shows: the table goes to each worker once, by the initializer.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: big_argument_per_task_wrong.py
from multiprocessing import Pool

table = None


def keep(given):
    global table
    table = given


def look_up(key):
    return table[key]


if __name__ == "__main__":
    with Pool(2, initializer=keep, initargs=({n: "value %d" % n for n in range(100000)},)) as pool:
        found = pool.map(look_up, range(16), chunksize=1)
    print(found[-1])
