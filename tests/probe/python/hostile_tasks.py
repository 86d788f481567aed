# Tasks, exceptions and look-alikes that lie about themselves: what the helper reads of them may not change what happens. The
# output must be the same bare and watched.
import collections
import multiprocessing as mp
import os
import re
import sys
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor

warnings.simplefilter("ignore")


class Loud(Exception):
    def __str__(self):
        print("str asked"); sys.stdout.flush()
        return "loud"

    def __repr__(self):
        print("repr asked"); sys.stdout.flush()
        return "Loud()"


class Fatal(Exception):
    @property
    def args(self):
        os._exit(9)


class Forever(Exception):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self, name + "x")


Named = type("bad\x1b[31m\tname", (Exception,), {"__module__": "__main__"})
globals()[Named.__name__] = Named


class _ResultItem(object):
    """Looks like an executor's answer; reading its attributes is noticed."""
    def __init__(self):
        self.work_id = 1

    @property
    def exception(self):
        print("exception asked"); sys.stdout.flush()
        return ValueError()


class ExceptionWithTraceback(object):
    def __init__(self):
        self.exc = Loud("x")
        self.tb = '  File "' + "x" * 9000 + '", line 99999999999999999999, in ' + "\x01" * 50


class SlotsResult(object):
    __slots__ = ("exception",)


SlotsResult.__name__ = "_ResultItem"
SlotsResult.__qualname__ = "SlotsResult"


class SemLock(object):
    pass


class Lock(object):
    """Looks like multiprocessing's Lock."""
    def __init__(self):
        self._semlock = SemLock()
        self._rlock = self._lock = self._cond = self


def raises(kind):
    if kind == "loud":
        raise Loud("a", 1)
    if kind == "forever":
        raise Forever(*range(3))
    if kind == "named":
        raise Named("x\x1b[2Jy\nz")
    if kind == "nested":
        try:
            raises("loud")
        except Loud:
            raise ValueError("x" * 100000)
    if kind == "deep":
        return raises("deep") + 1
    if kind == "caught exit":
        try:
            sys.exit(4)
        except SystemExit as error:
            return "caught %r" % error.code
    if kind == "kwargs":
        raise OSError(2, "no such", "file\x1b")
    if kind == "huge":
        raise OverflowError(10 ** 400, 10 ** 400)
    if kind == "strange":
        raise KeyError(collections.OrderedDict(a=1), b"\xff")
    return "fine"


def show(error):
    return type(error).__name__.encode("unicode_escape").decode() + " " + re.sub(r"0x[0-9a-f]+|\d{5,}", "N", repr(error.args))[:120]


KINDS = ("loud", "forever", "named", "nested", "deep", "caught exit", "kwargs", "huge", "strange", "fine")


def ask(call):
    for kind in KINDS:
        try:
            print(kind, call(kind))
        except BaseException as error:
            print(kind, show(error))
        sys.stdout.flush()


def take(lock, conn):
    conn.send([type(lock).__name__, sorted(lock.__dict__)])


if __name__ == "__main__":
    with mp.Pool(2) as pool:
        ask(lambda kind: pool.apply(raises, (kind,)))
    with ProcessPoolExecutor(1) as executor:
        ask(lambda kind: executor.submit(raises, kind).result())
    a, b = mp.Pipe()
    slots = SlotsResult()
    for item in (_ResultItem(), (1, 2, (False, ExceptionWithTraceback())), (1, 2, (False, None)), (1, 2, (False,)), (1, 2, False),
                 (1, 2, (False, Exception)), (), None, ExceptionWithTraceback()):
        a.send(item)
        print(type(b.recv()).__name__)
    try:
        a.send(slots)
    except Exception as error:
        print(show(error))
    for length in (-1, 2 ** 70):
        try:
            import struct
            struct.pack("!i", length)
            struct.pack("!i", "x")
        except struct.error as error:
            print(show(error))
    for code in (3, None, "text\x1b"):
        try:
            sys.exit(code)
        except SystemExit as error:
            print("exit", error.code)
    process = mp.get_context("spawn").Process(target=take, args=(Lock(), b))
    process.start()
    print(a.recv())
    process.join()
    print(process.exitcode)
