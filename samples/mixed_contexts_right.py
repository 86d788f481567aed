# shows: one context for all objects.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: mixed_contexts_wrong.py
import multiprocessing as mp


def append(lock, line):
    with lock:
        print(line)


if __name__ == "__main__":
    ctx = mp.get_context("spawn")
    lock = ctx.Lock()
    process = ctx.Process(target=append, args=(lock, "one line"))
    process.start()
    process.join()
