# shows: no main guard, with forkserver: the new process imports the file, comes to start() itself, and dies. The program
#        ends as if all were well.
# ends: exit 0
# python: 3.6+
# expect: B001
# place: process.start()
# twin: no_main_guard_forkserver_right.py
from multiprocessing import get_context


def hello():
    print("hello")


process = get_context("forkserver").Process(target=hello)
process.start()
process.join()
