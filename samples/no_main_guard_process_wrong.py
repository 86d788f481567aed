# shows: Process started at module level with the spawn method (the default of macOS and Windows). The child imports
#        this file again, starts a Process itself and dies; the parent goes on as if all were well.
# ends: exit 0
# python: 3.6+
# expect: B001
# place: process.start()
# says: runs again in each of its own workers
# twin: no_main_guard_process_right.py
import multiprocessing as mp

ctx = mp.get_context("spawn")


def greet(name):
    print("hello", name)


process = ctx.Process(target=greet, args=("world",))
process.start()
process.join()
print("done")
