#!/usr/bin/env python3
"""Reads of messages: those of multiprocessing are counted to the byte, whether their rest came with the length or not; a program's
own protocol of length and rest is seen waiting for the rest."""
import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli

CONNECTION = """
import multiprocessing
SIZES = [10] * 500 + [4092, 4093, 16384, 16385] * 5 + [100000] * 3
def child(c):
    for size in SIZES:
        c.send_bytes(b"z" * size)
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    a, b = multiprocessing.Pipe(%s)
    p = multiprocessing.Process(target=child, args=(b,))
    p.start()
    assert [len(a.recv_bytes()) for _ in SIZES] == SIZES
    p.join()
"""
SIZES = [10] * 500 + [4092, 4093, 16384, 16385] * 5 + [100000] * 3
OWN = """
import os, struct, time
r, w = os.pipe()
if os.fork() == 0:
    os.close(r)
    os.write(w, struct.pack("!i", 100))
    time.sleep(60)
os.close(w)
size, = struct.unpack("!i", os.read(r, 4))
os.read(r, size)
"""


def pythons():
    found = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")) + ["/usr/bin/python3"]
    return [path for path in sorted(found) if os.access(path, os.X_OK)]


def script(text):
    path = os.path.join(cli.SCRATCH, "program.py")
    with open(path, "w") as file:
        file.write(text)
    return path


def check_connection():
    for python in pythons():
        for duplex in ("False", "True"):
            out = os.path.join(cli.SCRATCH, "r.json")
            result = cli.watched(python, script(CONNECTION % duplex), flags=("-n", "-qq", "--json", out))
            cli.same("status", (result.returncode, result.stderr), (0, b""))
            with open(out) as data:
                pipe = [row for row in json.load(data)["channels"] if row["use"] == "Pipe"]
            expected = sum(size + 4 for size in SIZES)
            cli.same("bytes with %s" % python, [(row["bytes_in"], row["bytes_out"]) for row in pipe], [(expected, expected)])


def check_own_protocol():
    out = os.path.join(cli.SCRATCH, "r.json")
    process = subprocess.Popen([cli.MPWATCH, "-n", "-qq", "--json", out, "--", pythons()[-1], script(OWN)],
                               env=cli.clean_environment(), start_new_session=True, stderr=subprocess.DEVNULL)
    time.sleep(2)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)
    with open(out) as data:
        waits = {row["who"]: row for row in json.load(data)["waiting"]}
    cli.same("where it waits", (waits["main"]["call"], waits["main"]["line"]), ("read", 10))


if __name__ == "__main__":
    cli.main(sys.modules["__main__"])
