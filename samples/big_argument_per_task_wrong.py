# shows: functools.partial with a big table: the table is pickled and sent again with every task.
# ends: exit 0
# python: 3.6+
# expect: none
# later: C003
# twin: big_argument_per_task_right.py
from functools import partial
from multiprocessing import Pool


def look_up(table, key):
    return table[key]


if __name__ == "__main__":
    table = {n: "value %d" % n for n in range(100000)}
    with Pool(2) as pool:
        found = pool.map(partial(look_up, table), range(16), chunksize=1)
    print(found[-1])
