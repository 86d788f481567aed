#!/usr/bin/env python3
"""Runs programs that we did not write bare and under mpwatch: output, errors and exit status must be the same.

run.py [--all] [--only TEXT] [--list] [--bare-twice] [--keep] [--prefix WORDS]
--all         also the long cases
--bare-twice  compares two bare runs: finds cases that are not repeatable by themselves
--prefix      another command than "mpwatch -n -qq --" to run the programs with
--keep        leaves the outputs of cases that differ in the build folder, and says where
The last line is "N passed, N failed, N skipped".
"""
import argparse
import concurrent.futures
import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402

SOURCE = cases.SOURCE


class Outcome(object):
    def __init__(self, status, stdout, stderr, extra):
        self.parts = [("exit status", str(status)), ("stdout", stdout), ("stderr", stderr), ("result", extra)]


def run_once(case, prefix, folder):
    """Runs the case in an empty folder of always the same name, as names show up in outputs."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.chmod(folder, 0o777)
    if case.setup:
        subprocess.run(["bash", "-ec", case.setup], cwd=folder, env=environment(), check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(prefix + case.command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=err, start_new_session=True)
        try:
            status = process.wait(case.seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            status = "none: not ended after %d s" % case.seconds
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(case.normal(stream.read().decode("utf-8", "surrogateescape")))
    return Outcome(status, texts[0], texts[1], case.result(folder) if case.result else "")


def environment():
    env = dict(os.environ, LC_ALL="C", MPW_SOURCE=SOURCE)
    env.setdefault("MPW_BUILD", os.path.join(SOURCE, "build", "release"))
    return env


def differences(bare, watched):
    lines = []
    for (name, a), (_, b) in zip(bare.parts, watched.parts):
        if a != b:
            diff = list(difflib.unified_diff(a.splitlines(), b.splitlines(), "bare", "watched", lineterm="", n=0))
            lines.append("%s differs:" % name)
            lines += ["    " + line for line in diff[2:14]]
    return lines


def report_problem(case, prefix, folder):
    """What the report of one more run does not hold, or None."""
    path = folder + ".json"
    run_once(case, prefix[:-1] + ["--no-save", "--json", path, "--"], folder)
    with open(path) as stream:
        return case.seen(json.load(stream))


def keep_outputs(case, bare, watched):
    folder = os.path.join(environment()["MPW_BUILD"], "real-" + case.name)
    os.makedirs(folder, exist_ok=True)
    for label, outcome in (("bare", bare), ("watched", watched)):
        with open(os.path.join(folder, label), "w", errors="surrogateescape") as stream:
            for name, text in outcome.parts:
                stream.write("== %s\n%s\n" % (name, text))
    print("    outputs: " + folder)


def prefix_is_ours(options):
    return len(options.prefix) > 1 and options.prefix[-1] == "--"


def run_case(case, options, folder):
    """True, False, or None for skipped."""
    missing = case.missing()
    if missing:
        print("skip %s: no %s" % (case.name, missing), flush=True)
        return None
    begin = time.time()
    try:
        bare = run_once(case, [], folder)
        middle = time.time()
        watched = run_once(case, options.prefix, folder)
    except subprocess.CalledProcessError as error:
        print("FAIL %s: its preparation failed: %s" % (case.name, error), flush=True)
        return False
    lines = differences(bare, watched)
    times = "(%.1f s, %.1f s)" % (middle - begin, time.time() - middle)
    if not lines and case.must_work and bare.parts[0][1] != str(case.status):
        lines = ["the bare run ended with status %s, not %d:" % (bare.parts[0][1], case.status)]
        lines += ["    " + line for line in (bare.parts[1][1] + bare.parts[2][1]).splitlines()[-8:]]
    if not lines and case.seen and prefix_is_ours(options):
        problem = report_problem(case, options.prefix, folder)
        lines = [problem] if problem else []
    if not lines and case.result and not bare.parts[3][1]:
        lines = ["there is no result to compare"]
    head = "%s %s %s" % ("FAIL" if lines else "ok", case.name, times)
    print("\n    ".join([head] + lines), flush=True)
    if lines and options.keep:
        keep_outputs(case, bare, watched)
    return not lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="", help="cases whose name contains this text")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--bare-twice", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--prefix", type=str.split)
    options = parser.parse_args()
    mpwatch = os.path.join(environment()["MPW_BUILD"], "bin", "mpwatch")
    options.prefix = options.prefix or ([] if options.bare_twice else [mpwatch, "-n", "-qq", "--"])
    chosen = [c for c in cases.CASES if options.only in c.name and (options.all or options.only or not c.long)]
    if options.list:
        for case in chosen:
            print("%-24s %s" % (case.name, case.what))
        return 0
    if options.prefix and not shutil.which(options.prefix[0]):
        print("FAIL %s is not there; build it first: cmake --build --preset release" % options.prefix[0])
        print("0 passed, 1 failed, 0 skipped")
        return 1
    with tempfile.TemporaryDirectory(prefix="mpw-real-") as base:
        os.chmod(base, 0o755)
        results = [run_case(case, options, os.path.join(base, "run")) for case in chosen if not case.long]
        # Those of CPython wait most of their time.
        with concurrent.futures.ThreadPoolExecutor(2) as executor:
            results += executor.map(lambda case: run_case(case, options, os.path.join(base, case.name)),
                                    [case for case in chosen if case.long])
    print("%d passed, %d failed, %d skipped" % (results.count(True), results.count(False), results.count(None)))
    return 1 if False in results else 0


if __name__ == "__main__":
    sys.exit(main())
