#!/usr/bin/env python3
"""Every process is known from birth to death, with its status, however many and however short-lived."""
import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cli import BUILD, MPWATCH, SCRATCH, Skip, clean_environment, main, run, same

DUMP = os.path.join(BUILD, "tests", "probe", "dump_recording")


def events(*command, **more):
    """The run's events as (process, name, {field: text})."""
    file = os.path.join(SCRATCH, "run.mpw")
    run(MPWATCH, "record", "-qq", "-o", file, "--", *command, env=clean_environment(**more))
    result = []
    for line in run(DUMP, file).stdout.decode(errors="replace").splitlines():
        words = line.split(" ", 4)
        rest = words[4] if len(words) > 4 else ""
        result.append((int(words[1]), words[3], dict(re.findall(r"(\w+)=(\"(?:[^\"\\]|\\.)*\"|\S+)", rest))))
    return result


def statuses(found):
    return collections.Counter(int(f.get("status", 0)) for p, name, f in found if name == "proc_exit" and p != 1)


def count_of(found, name):
    return sum(1 for _, n, _ in found if n == name)


def sources(found):
    return {int(f.get("source", 0)) for _, name, f in found if name == "proc_exit"}


def check_every_status_of_children():
    script = "import os\nfor i in range(256):\n    if os.fork() == 0: os._exit(i)\n    os.wait()\n"
    found = events("python3", "-S", "-c", script)
    same("statuses", statuses(found), collections.Counter(i << 8 for i in range(256)))
    same("births", len({p for p, name, _ in found if name == "proc"}), 257)


def check_signals_of_children():
    script = "import os, signal\nfor n in (1, 2, 3, 6, 8, 9, 11, 13, 14, 15, 31, 34, 64):\n    pid = os.fork()\n" \
        "    if pid == 0:\n        signal.signal(n, signal.SIG_DFL) if n != 9 else 0\n        os.kill(os.getpid(), n)\n    os.wait()\n"
    expected = [1, 2, 3, 6, 8, 9, 11, 13, 14, 15, 31, 34, 64]
    found = [s & 0x7f for s in statuses(events("python3", "-S", "-c", script)).elements()]
    same("signals", sorted(found), expected)


def check_grandchildren():
    found = events("sh", "-c", "sh -c '(exit 3); (kill -9 $$) & wait; exit 5'; sh -c 'sh -c \"exit 7\"; exit 8'; exit 9")
    seen = statuses(found)
    for status in (3 << 8, 7 << 8, 8 << 8):
        same("status %d" % status, seen[status], 1)


def check_hundreds_at_once():
    script = "import os\npids = []\nr, w = os.pipe()\nfor i in range(400):\n    pid = os.fork()\n    if pid == 0:\n" \
        "        os.close(w); os.read(r, 1); os._exit(i % 100)\n    pids.append(pid)\nos.close(w)\nfor p in pids: os.waitpid(p, 0)\n"
    found = events("python3", "-S", "-c", script)
    same("statuses", statuses(found), collections.Counter({i << 8: 4 for i in range(100)}))
    same("births", len({p for p, name, _ in found if name == "proc"}), 401)
    same("waits are told", count_of(found, "waited"), 400)


def check_thousands_in_a_row():
    script = "import os\nfor i in range(3000):\n    if os.fork() == 0: os._exit(i % 10)\n    os.wait()\n"
    found = events("python3", "-S", "-c", script)
    same("statuses", statuses(found), collections.Counter({i << 8: 300 for i in range(10)}))


def check_zombies_are_not_born_again():
    """Children that nobody waits for stay on the kernel's list of children."""
    script = "import os, time\nfor i in range(5):\n    if os.fork() == 0: os._exit(0)\ntime.sleep(2.5)\n"
    found = events("python3", "-S", "-c", script)
    same("processes", len({p for p, name, _ in found if name == "proc"}), 6)


def check_names_after_exec():
    found = events("sh", "-c", "sleep 0.1; /bin/true; exit 0")
    names = {f["comm"] for _, name, f in found if name == "proc" and "comm" in f}
    same("sleep is named", '"sleep"' in names, True)


def check_inner_namespace():
    """Processes of an inner pid namespace are known by our pids, and their ends are seen."""
    if os.getuid() != 0 or run("unshare", "-pmf", "--mount-proc", "true").returncode != 0:
        raise Skip("unshare is not allowed here")
    found = events("unshare", "-pmf", "--mount-proc", "sh", "-c", "sh -c 'sleep 0.1; exit 3'; sleep 0.1; exit 9")
    same("status", statuses(found)[3 << 8], 1)
    pids = [int(f["pid"]) for _, name, f in found if name == "proc"]
    same("pids are ours", [p for p in pids if 0 < p < 20 and p != os.getpid()], [])


def check_older_kernels():
    script = "(exit 3); (kill -9 $(exec sh -c 'echo $PPID')) ; sh -c 'exit 4'; exit 0"
    for switches, unwanted in (("no-pidfd-info", set()), ("no-pidfd", {2})):
        found = events("sh", "-c", script, MPWATCH_TEST=switches)
        same("status with " + switches, statuses(found)[4 << 8], 1)
        same("status with " + switches, statuses(found)[9] >= 1, True)
        same("sources with " + switches, sources(found) & unwanted, set())


main(sys.modules[__name__])
