#!/usr/bin/env python3
"""What a thread did last is taken for what it does now only if it is the same: lines that take turns, functions and code objects that
come to life at the addresses of others."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli
from test_message_reads import pythons, script

LINES = """
import multiprocessing
def child(c):
    for _ in range(700):
        c.recv()
def odd(c, n):
    c.send(n)
def even(c, n):
    if n % 3:
        c.send(n)
    else:
        c.send("text")
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    a, b = multiprocessing.Pipe()
    p = multiprocessing.Process(target=child, args=(b,))
    p.start()
    for n in range(300):
        odd(a, n)
        even(a, n)
    for n in range(100):
        odd(a, n)
    p.join()
"""

# Functions of the program travel by value, as cloudpickle sends them: each task has one of its own.
BY_VALUE = """
import marshal, multiprocessing, types
from multiprocessing.reduction import ForkingPickler
def rebuild(code, name):
    return types.FunctionType(marshal.loads(code), globals(), name)
def by_value(f):
    if f is rebuild or f.__module__ != "__main__":
        return f.__name__
    return rebuild, (marshal.dumps(f.__code__), f.__name__)
ForkingPickler.register(types.FunctionType, by_value)
def first(x):
    return x + 1
def other(x):
    return x + 2
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    with multiprocessing.Pool(2) as pool:
        for answer in [pool.apply_async(first if i % 2 else other, (i,)) for i in range(400)]:
            answer.get()
"""

# Cells of a notebook: equal but for the file, made and forgotten one after the other.
CELLS = """
import multiprocessing
CELL = "def cell(c, n):\\n    for _ in range(n): c.send(n)\\n"
def child(c):
    while c.recv() is not None:
        pass
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    a, b = multiprocessing.Pipe()
    p = multiprocessing.Process(target=child, args=(b,))
    p.start()
    for number in range(1, 11):
        names = {}
        exec(compile(CELL, "/tmp/cell-%d.py" % number, "exec"), names)
        names["cell"](a, 10 * number)
    a.send(None)
    p.join()
"""


def reported(python, text):
    out = os.path.join(cli.SCRATCH, "r.json")
    result = cli.watched(python, script(text), flags=("-n", "-qq", "--json", out))
    cli.same("status", (result.returncode, result.stderr), (0, b""))
    with open(out) as data:
        return json.load(data)


def sent(report):
    return sorted((os.path.basename(part["file"]), part["line"], part["what"], part["count"])
                  for row in report["objects"] if row["use"] == "Pipe" for part in row["parts"])


def check_lines_that_take_turns():
    for python in pythons():
        cli.same("messages with %s" % python, sent(reported(python, LINES)),
                 [("program.py", 7, "int", 400), ("program.py", 10, "int", 200), ("program.py", 12, "str", 100)])


def check_functions_by_value():
    for python in pythons():
        tasks = sorted((row["function"], row["tasks"]) for row in reported(python, BY_VALUE)["tasks"])
        cli.same("tasks with %s" % python, tasks, [("first", 200), ("other", 200)])


def check_cells():
    for python in pythons():
        cli.same("messages with %s" % python, sent(reported(python, CELLS)),
                 sorted(("cell-%d.py" % number, 2, "int", 10 * number) for number in range(1, 11)))


if __name__ == "__main__":
    cli.main(sys.modules["__main__"])
