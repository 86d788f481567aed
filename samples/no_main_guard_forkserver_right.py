# shows: the same with the main guard.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: no_main_guard_forkserver_wrong.py
from multiprocessing import get_context


def hello():
    print("hello")


if __name__ == "__main__":
    process = get_context("forkserver").Process(target=hello)
    process.start()
    process.join()
