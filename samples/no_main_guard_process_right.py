# shows: the same Process behind a main guard: the child can import this file without starting anything.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: no_main_guard_process_wrong.py
import multiprocessing as mp

ctx = mp.get_context("spawn")


def greet(name):
    print("hello", name)


if __name__ == "__main__":
    process = ctx.Process(target=greet, args=("world",))
    process.start()
    process.join()
    print("done")
