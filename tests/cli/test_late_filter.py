#!/usr/bin/env python3
"""A Python program that forbids itself system calls after it has begun to use multiprocessing: the helper makes none of its own from then on."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli
from test_message_reads import pythons, script

# The filter kills futex(FUTEX_WAKE_OP), which asks the kernel whether memory can be written; neither libc nor CPython uses it.
PROGRAM = """
import ctypes, struct, sys
import multiprocessing.reduction
assert "_multiprocessing" not in sys.modules
LOAD, EQUAL, AND, RETURN = 0x20, 0x15, 0x54, 0x06
code = [(LOAD, 0, 0, 0), (EQUAL, 0, 4, 202), # futex
        (LOAD, 0, 0, 24), (AND, 0, 0, 127), (EQUAL, 0, 1, 5), # its operation
        (RETURN, 0, 0, 0x80000000), (RETURN, 0, 0, 0x7fff0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))
prctl = ctypes.CDLL(None, use_errno=True).prctl
prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
assert prctl(38, 1, 0, 0, 0) == 0 # PR_SET_NO_NEW_PRIVS
assert prctl(22, 2, ctypes.addressof(head), 0, 0) == 0, ctypes.get_errno() # PR_SET_SECCOMP
import multiprocessing.synchronize
lock = multiprocessing.Lock()
with lock:
    print("goes on")
"""


def check_filter():
    tried = 0
    for python in pythons():
        bare = cli.run(python, script(PROGRAM))
        if bare.returncode != 0:
            print("%s: %s" % (python, bare.stderr.decode().strip().rpartition("\n")[2]))
            continue
        result = cli.watched(python, script(PROGRAM))
        cli.same("with %s" % python, (result.returncode, result.stdout), (0, b"goes on\n"))
        tried += 1
    if not tried:
        raise cli.Skip("no such filter is possible here")


if __name__ == "__main__":
    cli.main(sys.modules["__main__"])
