# shows: Manager without a main guard under spawn: its server process dies at birth, the caller gets a bare EOFError.
# ends: exit 1
# python: 3.6+
# expect: B001
# place: mp.get_context("spawn").Manager()
# says: runs again in each of its own workers
# twin: no_main_guard_manager_right.py
import multiprocessing as mp

manager = mp.get_context("spawn").Manager()
settings = manager.dict()
settings["colour"] = "blue"
print(dict(settings))
