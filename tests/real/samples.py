#!/usr/bin/env python3
"""Runs the samples and compares each with what its head promises: how it ends, and what a report must say of it.

samples.py [--bare [--prefix WORDS]] [--python PATH]... [--only TEXT] [--build DIR]
--bare runs without mpwatch (but behind WORDS, if given) and checks the end only.
One line per sample that failed, a summary line at the end ("N passed, N failed, N skipped").
"""
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import sample_headers  # noqa: E402

HANG_SECONDS = 4
LIMIT_SECONDS = 60


def python_version(python):
    text = subprocess.check_output([python, "-c", "import sys; print(sys.version_info[0], sys.version_info[1])"])
    return tuple(int(n) for n in text.split())


def kill_group(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def run(command, folder, hangs):
    """Runs a command in a session of its own. Gives its end as the head says it, and stderr's text."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=errors, start_new_session=True)
        try:
            process.wait(HANG_SECONDS if hangs else LIMIT_SECONDS)
            end = "signal %d" % -process.returncode if process.returncode < 0 else "exit %d" % process.returncode
        except subprocess.TimeoutExpired:
            end = "hangs"
            kill_group(process, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                kill_group(process, signal.SIGKILL)
                process.wait()
        finally:
            kill_group(process, signal.SIGKILL)
        size = errors.seek(0, os.SEEK_END)
        errors.seek(max(0, size - 20000))
        return end, errors.read().decode("utf-8", "replace")


def found_codes(path, expected):
    """Codes of the findings in a report, without the notes on what could not be seen, apart from X001 and what is expected."""
    with open(path) as stream:
        report = json.load(stream)
    codes = [re.sub("^MPW-", "", finding["code"]) for finding in report["findings"]]
    return sorted(set(code for code in codes if code in expected or code == "X001" or not code.startswith("X")))


def lines_of_places(path):
    """The source lines that the findings of a report have as their places."""
    with open(path) as stream:
        report = json.load(stream)
    lines = []
    for finding in report["findings"]:
        path = os.path.join(SOURCE, "samples", finding["file"] or "") # older Pythons have the name as it was given
        if finding["line"] and os.path.isfile(path):
            with open(path) as source:
                lines += source.read().splitlines()[finding["line"] - 1:finding["line"]]
    return lines


def texts_of_findings(path):
    with open(path) as stream:
        report = json.load(stream)
    return [" ".join([finding["title"], finding["why"] or "", finding["fix"] or ""] + finding["seen"]) for finding in report["findings"]]


def check_bare(sample, python, version, build, prefix):
    end, errors = run(prefix + sample.command(python, build), os.path.dirname(sample.path), sample.ends(version) == "hangs")
    if end != sample.ends(version):
        return "ends with %s, the head says %s; %s" % (end, sample.ends(version), errors.strip()[-300:])
    return None


def check_watched(sample, python, version, build, _):
    hangs = sample.ends(version) == "hangs"
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        command = [os.path.join(build, "bin", "mpwatch"), "-n", "-qq", "--json", report]
        command += shlex.split(sample.get("options")) + ["--"]
        end, errors = run(command + sample.command(python, build), os.path.dirname(sample.path), hangs)
        if end != sample.ends(version):
            return "ends with %s, the head says %s; %s" % (end, sample.ends(version), errors.strip()[-300:])
        if not os.path.exists(report):
            return "no report; " + errors.strip()[-300:]
        try:
            codes = found_codes(report, sample.expected(version))
            places, texts = lines_of_places(report), texts_of_findings(report)
        except (ValueError, KeyError) as error:
            return "unreadable report: %r" % error
    if codes != sorted(sample.expected(version)):
        return "findings: %s, the head says %s" % (" ".join(codes) or "none", sample.for_version("expect", version))
    place = sample.for_version("place", version)
    if place and codes and not any(place in line for line in places):
        return "places: %s; the head says %s" % (" | ".join(places) or "none", place)
    for says in filter(None, sample.for_version("says", version).split(" | ")):
        if codes and not any(says in text for text in texts):
            return "no finding says: %s" % says
    return None


def check_all(samples, number, options):
    """All samples on one Python, and with the first one those that are not Python: how many passed, failed, were skipped."""
    python = options.python[number]
    passed = failed = skipped = 0
    check = check_bare if options.bare else check_watched
    version = python_version(python)
    # Each Python begins elsewhere, so that none runs a sample that another runs just now.
    begin_at = number * len(samples) // len(options.python)
    for sample in samples[begin_at:] + samples[:begin_at]:
        if number and not sample.is_python:
            continue
        if not sample.runs_on(version):
            skipped += 1
            continue
        begin = time.time()
        wrong = check(sample, python, version, options.build, options.prefix)
        failed += wrong is not None
        passed += wrong is None
        if wrong:
            print("FAIL %s (python %d.%d): %s" % (sample.file, version[0], version[1], wrong), flush=True)
        elif time.time() - begin > 20:
            print("slow %s: %.0f s" % (sample.file, time.time() - begin), flush=True)
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--prefix", type=str.split, default=[])
    parser.add_argument("--python", action="append")
    parser.add_argument("--only", default="", help="samples whose name contains this text")
    parser.add_argument("--build", default=os.environ.get("MPW_BUILD", os.path.join(SOURCE, "build", "release")))
    options = parser.parse_args()
    options.python = options.python or [sys.executable]
    options.build = os.path.abspath(options.build)
    mpwatch = os.path.join(options.build, "bin", "mpwatch")
    if not options.bare and not os.access(mpwatch, os.X_OK):
        print("FAIL %s is not there; build it first: cmake --build --preset release" % mpwatch)
        print("0 passed, 1 failed, 0 skipped")
        return 1
    samples = [s for s in sample_headers.all_samples(os.path.join(SOURCE, "samples")) if options.only in s.file and not s.is_helper]
    # Most of a sample's time is waiting.
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        counts = list(executor.map(lambda number: check_all(samples, number, options), range(len(options.python))))
    passed, failed, skipped = (sum(column) for column in zip(*counts))
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
