#!/usr/bin/env python3
"""Files that are opened and closed by the hundred are not told one by one, those that stay are: also above the numbers that
nobody counts."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

PROGRAM = """
import os
held = [os.dup(0) for _ in range(40)]
for _ in range(1000):
    os.close(os.open("/etc/passwd", os.O_RDONLY))
kept = [os.open("/etc/passwd", os.O_RDONLY) for _ in range(50)]
for fd in kept:
    os.close(fd)
kept = [os.open("/etc/passwd", os.O_RDONLY) for _ in range(30)]
print(kept[-1])
"""


def check_only_what_stays_is_told():
    recording = os.path.join(cli.SCRATCH, "files.mpw")
    run = cli.run(cli.MPWATCH, "record", "-qq", "-o", recording, "--", "/usr/bin/python3", "-S", "-c", PROGRAM)
    cli.same("status", run.returncode, 0)
    text = cli.run(os.path.join(cli.BUILD, "tests", "probe", "dump_recording"), recording).stdout.decode()
    opens = [int(fd) for fd in re.findall(r' fd_open fd=(\d+) .*name="/etc/passwd"', text)]
    cli.same("losses", re.findall(r" loss .*", text), [])
    last = int(run.stdout)
    if len(opens) > 90 or not {last - n for n in range(20)} <= set(opens):
        raise AssertionError("told: %d opens, %r; the last that stays is %d" % (len(opens), sorted(set(opens)), last))


cli.main(sys.modules[__name__])
