# shows: no main guard, but the fork method: legal, because a forked child does not import this file again.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: no_main_guard_process_wrong.py
import multiprocessing as mp

ctx = mp.get_context("fork")


def greet(name):
    print("hello", name)


process = ctx.Process(target=greet, args=("world",))
process.start()
process.join()
