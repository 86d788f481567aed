# shows: process.join() stands behind the loop, so only the last process is waited for, and nobody looks at exitcode:
#        the second worker failed, the program says it is done and exits 0.
# ends: exit 0
# python: 3.6+
# expect: B009
# place: raise ValueError("cannot convert
# says: ValueError
# twin: join_outside_loop_right.py
from multiprocessing import Process


def convert(number):
    if number == 1:
        raise ValueError("cannot convert %d" % number)
    print("converted", number, flush=True)


if __name__ == "__main__":
    for number in range(4):
        process = Process(target=convert, args=(number,))
        process.start()
    process.join()
    print("all converted")
