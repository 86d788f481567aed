#!/usr/bin/env python3
"""The interpreter's own calls for private locks go straight to libc once messages are watched, where its memory lets them; those that may
wait, and all calls of other libraries, do not."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli
from test_message_reads import pythons, script

WAITS = ("sem_wait", "sem_timedwait", "sem_clockwait")
PROGRAM = """
import ctypes, os, subprocess, sys
import multiprocessing, multiprocessing.pool
NAMES = ("pthread_mutex_lock", "pthread_mutex_unlock", "sem_trywait", "sem_post", "sem_wait", "sem_timedwait", "sem_clockwait")
def maps():
    for line in open("/proc/self/maps"):
        words = line.split()
        if len(words) > 5:
            begin, end = (int(n, 16) for n in words[0].split("-"))
            yield begin, end, words[5]
def readelf(option, path):
    return subprocess.check_output(["readelf", "-W", option, path], env=dict(os.environ, LC_ALL="C")).decode()
def slots(path):
    base = min(begin for begin, _, name in maps() if name == path) if "DYN" in readelf("-h", path) else 0
    for line in readelf("-r", path).splitlines():
        words = line.split()
        if len(words) > 4 and words[2] == "R_X86_64_JUMP_SLOT" and words[4].split("@")[0] in NAMES:
            address = ctypes.c_uint64.from_address(base + int(words[0], 16)).value
            yield words[4].split("@")[0], [os.path.basename(name) for begin, end, name in maps() if begin <= address < end]
def work(n):
    return n
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    pool = multiprocessing.Pool(2)
    assert pool.map(work, range(100), chunksize=1) == list(range(100))
    names = [name for _, _, name in maps()]
    interpreter = [name for name in names if "/libpython3." in name] or [os.path.realpath(sys.executable)]
    shared = [name for name in names if os.path.basename(name).startswith("_multiprocessing.")]
    for kind, paths in (("own", interpreter), ("shared", shared)):
        for name, where in slots(paths[0]) if paths else ():
            print(kind, name, *where)
    pool.close()
    pool.join()
"""


def check_where_calls_go():
    if not shutil.which("readelf"):
        raise cli.Skip("there is no readelf")
    for python in pythons():
        out = os.path.join(cli.SCRATCH, "r.json")
        result = cli.watched(python, script(PROGRAM), flags=("-n", "-qq", "--json", out))
        cli.same("status", (result.returncode, result.stderr), (0, b""))
        lines = [line.split() for line in result.stdout.decode().splitlines()]
        where = {(whose, name): library[0].startswith("libc") for whose, name, *library in lines if library}
        if not bound_at_start(python):
            cli.same("%s: to libc" % python, [where["own", name] for name in ("sem_trywait", "sem_post")], [True, True])
        cli.same("%s: to the probe" % python, [key for key, to_libc in where.items() if to_libc and (key[0] != "own" or key[1] in WAITS)], [])
        cli.same("%s: something was read" % python, len(where) > 4, True)
        with open(out) as data:
            takes = sum(lock["takes"] for lock in json.load(data)["locks"])
        cli.same("%s: shared locks are seen, %d takes" % (python, takes), 100 <= takes < 400, True)


def bound_at_start(python):
    """Then the addresses can not be exchanged, and are not."""
    result = cli.run(python, "-c", "import sysconfig; print(sysconfig.get_config_var('LDFLAGS'))")
    return b"-z,now" in result.stdout


if __name__ == "__main__":
    cli.main(sys.modules["__main__"])
