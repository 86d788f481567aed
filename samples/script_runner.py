# helper: runs a script as Streamlit and other script runners do: in a module of its own that is put in the place of
#         __main__ after multiprocessing was imported. Used by script_runner_*.py.
import multiprocessing  # noqa: F401  real runners import it themselves, before the page runs
import os
import sys
import types


def run_script(path):
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    with open(path) as source:
        exec(compile(source.read(), path, "exec"), module.__dict__)


if __name__ == "__main__":
    run_script(sys.argv[1])
