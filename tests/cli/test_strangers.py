#!/usr/bin/env python3
"""Another user gets nothing of a session: not its memory, not its control socket, not its recording. And names that hold
control characters reach no terminal as they are."""
import array
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

NOBODY = 65534


def session_sockets():
    with open("/proc/net/unix") as table:
        return set(re.findall(r"@(mpwatch-[0-9a-f]{14})$", table.read(), re.M))


def as_nobody(function):
    """What `function` returns as another user, by a pipe."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(write, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        text = stream.read()
    os.waitpid(child, 0)
    return json.loads(text)


def descriptors_received(name):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as peer:
        peer.settimeout(5)
        peer.connect("\0" + name)
        _, rights, _, _ = peer.recvmsg(64, socket.CMSG_LEN(16))
    return sum(len(array.array("i", data)) for _, _, data in rights)


def readable(paths):
    return [p for p in paths if os.access(p, os.R_OK) or os.access(p, os.W_OK)]


def check_another_user_gets_nothing():
    if os.getuid() != 0:
        raise cli.Skip("needs root to be somebody else")
    before = session_sockets()
    environment = cli.clean_environment(XDG_RUNTIME_DIR=None)
    process = subprocess.Popen([cli.MPWATCH, "-n", "-qq", "--session", "strangers", "--", "sh", "-c", "echo on; read line"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    try:
        cli.same("started", process.stdout.readline(), b"on\n")
        names = session_sockets() - before
        if not names:
            raise AssertionError("no socket of the session is there")
        cli.same("descriptors given to a stranger", as_nobody(lambda: [descriptors_received(n) for n in names]), [0] * len(names))
        maps = glob.glob("/proc/%d/fd/*" % process.pid)
        kept = glob.glob(os.path.join(cli.SCRATCH, "**", "*.mpw"), recursive=True)
        control = glob.glob("/tmp/mpwatch-%d/*" % os.getuid())
        if not maps or not control:
            raise AssertionError("nothing to look at: %r %r" % (maps, control))
        cli.same("open to a stranger", as_nobody(lambda: readable(maps + kept + control)), [])
        # A copy: the build may be in a folder where nobody else may look.
        program = shutil.copy(cli.MPWATCH, cli.SCRATCH)
        listed = as_nobody(lambda: subprocess.run([program, "ls"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                                  env={"PATH": "/usr/bin:/bin"}).stdout.decode())
        if "strangers" in listed:
            raise AssertionError("a stranger's list has it: %r" % listed)
    finally:
        process.communicate(b"\n", timeout=20)
    cli.same("status", process.returncode, 0)


def check_names_are_cleaned():
    folder = os.path.join(cli.SCRATCH, "evil\x1b[2J\n\x9b")
    os.makedirs(folder)
    program = os.path.join(folder, "prog\x1b]0;title\x07\n\xff")
    script = "import os, sys, ctypes\nctypes.CDLL(None).prctl(15, b'\\x1b[31mred\\n')\nos.kill(os.getpid(), 11)\n"
    with open(program, "w") as stream:
        stream.write("#!/usr/bin/python3\n" + script)
    os.chmod(program, 0o755)
    path = os.path.join(cli.SCRATCH, "evil.json")
    run = cli.run(cli.MPWATCH, "-n", "--no-save", "--json", path, "--", program, "arg\x1b[1m\n", b"\xff\xfe")
    cli.same("what no terminal may get", [b for b in run.stderr if b != 10 and not 32 <= b < 127], [])
    with open(path, "rb") as stream:
        text = stream.read()
    json.loads(text.decode("utf-8"))
    cli.same("control characters in the JSON", [b for b in text if b < 32 and b not in (9, 10)], [])


cli.main(sys.modules[__name__])
