# shows: all processes are joined and their exit codes are looked at: the failure reaches the caller.
# ends: exit 1
# python: 3.6+
# expect: none
# twin: join_outside_loop_wrong.py
import sys
from multiprocessing import Process


def convert(number):
    if number == 1:
        sys.exit("cannot convert %d" % number)
    print("converted", number, flush=True)


if __name__ == "__main__":
    processes = [Process(target=convert, args=(number,)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    failed = sum(process.exitcode != 0 for process in processes)
    sys.exit("%d of %d failed" % (failed, len(processes)) if failed else 0)
