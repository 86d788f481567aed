#!/usr/bin/env python3
"""How long locks are waited for and held: also in vain, and not what another process gives back."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

PROGRAM = os.path.join(cli.BUILD, "tests", "probe", "lock_times")


def check_times():
    path = os.path.join(cli.SCRATCH, "report.json")
    run = cli.watched(PROGRAM, flags=("-n", "-qq", "--no-save", "--json", path))
    cli.same("status", run.returncode, 0)
    with open(path) as stream:
        locks = {lock["variable"]: lock for lock in json.load(stream)["locks"]}
    cli.same("locks", sorted(locks), ["in_vain", "tokens"])
    in_vain, tokens = locks["in_vain"], locks["tokens"]
    cli.same("takes and waits in vain", (in_vain["takes"], in_vain["waits"]), (0, 3))
    if not 0.09 <= in_vain["longest_wait_s"] <= in_vain["waited_s"] or in_vain["waited_s"] < 0.29:
        raise AssertionError("waits of 0.1 s each: %r" % in_vain)
    cli.same("takes", tokens["takes"], 66)
    if (tokens["held_s"] or 0) > 0.2:
        raise AssertionError("held for %r s, though the other process gave it back" % tokens["held_s"])


cli.main(sys.modules[__name__])
