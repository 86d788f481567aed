#!/usr/bin/env python3
"""Calls that do not wait leave out the clock; the one that waits after them is measured all the same."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

PROGRAM = os.path.join(cli.BUILD, "tests", "probe", "quick_then_block")


def blocked(**more):
    """What the program says, and what the report says, in seconds."""
    path = os.path.join(cli.SCRATCH, "report.json")
    run = cli.watched(PROGRAM, flags=("-n", "-qq", "--no-save", "--json", path), env=cli.clean_environment(**more))
    cli.same("status", run.returncode, 0)
    with open(path) as stream:
        channels = [c for c in json.load(stream)["channels"] if c["messages_out"] >= 40000]
    cli.same("channels", len(channels), 1)
    cli.same("messages", (channels[0]["messages_out"], channels[0]["messages_in"]), (40001, 40001))
    return int(run.stdout) / 1e9, channels[0]["readers_blocked_s"]


def check_wait_is_measured():
    """The sum holds other waits too (the processor was taken away during a call): it may be more, hardly less."""
    said, measured = blocked()
    if not 0.95 * said <= measured <= said + 0.5:
        raise AssertionError("the program waited %.3f s, the report says %.3f s" % (said, measured))


def check_the_same_with_every_call_measured():
    said, measured = blocked(MPWATCH_TEST="no-rseq")
    if not 0.95 * said <= measured <= said + 0.5:
        raise AssertionError("the program waited %.3f s, the report says %.3f s" % (said, measured))


cli.main(sys.modules[__name__])
