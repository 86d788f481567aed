#!/usr/bin/env python3
"""Of messages that cannot take long only some are timed, and stand for the others: the sum is right all the same, and what takes long
is never left out."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli
from test_message_reads import pythons, script

PROGRAM = """
import multiprocessing, time
PARTS = {}
class Parts(object): # reads messages while it is read
    def __init__(self, n):
        self.n = n
    def __setstate__(self, state):
        for _ in range(state["n"]):
            PARTS["side"].recv()
        time.sleep(0.3)
class Slow(object):
    def __init__(self, n):
        self.n = n
    def __getstate__(self):
        time.sleep(0.2)
        return self.n
    def __setstate__(self, n):
        time.sleep(0.3)
        self.n = n
def child(c):
    while c.recv() is not None:
        c.send("taken")
def ask(c, what):
    c.send(what)
    c.recv()
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    a, b = multiprocessing.Pipe()
    PARTS["side"], side = multiprocessing.Pipe(False)
    p = multiprocessing.Process(target=child, args=(b,))
    p.start()
    for n in range(2000):
        ask(a, n)
        ask(a, b"bytes")
        ask(a, [n] * 30)
    ask(a, Slow(1))
    ask(a, [Slow(2)])
    for n in range(100):
        side.send(n)
    ask(a, Parts(100))
    a.send(None)
    p.join()
"""


def check_times():
    for python in pythons():
        out = os.path.join(cli.SCRATCH, "r.json")
        result = cli.watched(python, script(PROGRAM), flags=("-n", "-qq", "--json", out))
        cli.same("status", (result.returncode, result.stderr), (0, b""))
        with open(out) as data:
            row, = [row for row in json.load(data)["objects"] if row["use"] == "Pipe"]
        parts = {part["what"]: part for part in row["parts"] if part["count"] != 100}
        cli.same("counts with %s" % python, sorted((what, part["count"]) for what, part in parts.items()),
                 [("Parts", 1), ("Slow", 1), ("bytes", 2000), ("int", 2000), ("list of Slow", 1), ("list of int", 2000), ("str", 6003)])
        for what in ("Slow", "list of Slow"):
            cli.same("%s pickled for 0.2 s with %s" % (what, python), 0.2 <= parts[what]["seconds"] < 0.5, True)
        cli.same("three unpickled for 0.3 s with %s" % python, 0.9 <= row["unpickle_s"] < 1.6, True)
        # The long lists are all timed.
        for what in ("int", "bytes"):
            share = parts[what]["seconds"] / parts["list of int"]["seconds"]
            cli.same("%s cost about as much as lists (%.2f) with %s" % (what, share, python), 0.05 < share < 1.5, True)


if __name__ == "__main__":
    cli.main(sys.modules["__main__"])
