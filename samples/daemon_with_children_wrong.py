# shows: a task of a Pool makes a Pool of its own. Pool's workers are daemons, and a daemon may have no children:
#        "daemonic processes are not allowed to have children".
# ends: exit 1
# python: 3.6+
# expect: B015
# place: with Pool(2) as inner:
# twin: daemon_with_children_right.py
from multiprocessing import Pool


def square(x):
    return x * x


def row(n):
    with Pool(2) as inner:
        return inner.map(square, range(n))


if __name__ == "__main__":
    with Pool(2) as outer:
        print(outer.map(row, [3, 4]))
