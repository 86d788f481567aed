#!/usr/bin/env python3
"""A ring calls its reader in time whatever kind of record passes the marks: what fits into it is not lost."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

PROGRAM = os.path.join(cli.BUILD, "tests", "probe", "ring_bursts")


def check_bursts():
    """On a machine without a free CPU the reader may come too late for some: without the call a fifth is lost."""
    for sizes in (("100", "100"), ("95", "110")):
        path = os.path.join(cli.SCRATCH, "report.json")
        run = cli.watched(PROGRAM, *sizes, flags=("-n", "-qq", "--no-save", "--json", path))
        cli.same("status", run.returncode, 0)
        with open(path) as stream:
            report = json.load(stream)
        lost = sum(loss["count"] for loss in report["losses"])
        if report["own"]["events"] < 20000 or lost * 20 > report["own"]["events"]:
            raise AssertionError("%s: lost %d of %d" % (sizes, lost, report["own"]["events"] + lost))


cli.main(sys.modules[__name__])
