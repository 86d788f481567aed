# shows: a lock of the fork context is given to a process of the spawn context. Python 3.11.5 and later refuse it with
#        a RuntimeError; older ones accept it, the child crashes at the lock's address, and nobody says so.
# ends: exit 1
# ends 3.6-3.10: exit 0
# python: 3.6-3.10, 3.12+
# expect: B014
# place: process.start()
# twin: mixed_contexts_right.py
import multiprocessing as mp


def append(lock, line):
    with lock:
        print(line)


if __name__ == "__main__":
    lock = mp.get_context("fork").Lock()
    process = mp.get_context("spawn").Process(target=append, args=(lock, "one line"))
    process.start()
    process.join()
