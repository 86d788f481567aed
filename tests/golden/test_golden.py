#!/usr/bin/env python3
"""Text traces in, reports out: NAME.trace must give NAME.txt, byte for byte. UPDATE=1 writes the .txt files anew.

CODE-what.trace must have the finding CODE; none-CODE-what.trace is a near miss and must not; healthy-*.trace must have no finding.
Each code of findings.def needs both kinds, an explain text, and the sample it names must expect it."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

source = os.environ.get("MPW_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
tool = os.path.join(os.environ.get("MPW_BUILD", os.path.join(source, "build", "release")), "tests", "golden", "report_tool")
folder = os.path.join(source, "tests", "golden")
failures = []
environment = dict(os.environ, LC_ALL="C.UTF-8", TERM="dumb")


def check(condition, message):
    if not condition:
        failures.append(message)
        print("FAIL", message)


def run(arguments):
    result = subprocess.run([tool] + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    return result.returncode, result.stdout, result.stderr


def check_bytes(name, output):
    bad = [b for b in output if (b < 32 and b != 10) or b >= 127]
    check(not bad, "%s: bytes that must not reach a terminal: %r" % (name, bad[:8]))
    long = [line for line in output.split(b"\n") if len(line) > 80]
    check(not long, "%s: lines wider than 80: %r" % (name, long[:2]))


def check_trace(path):
    name = os.path.basename(path)[:-len(".trace")]
    status, text, errors = run(["report", "--width", "80", "--ascii", path])
    check(status == 0 and not errors, "%s: exit status %d: %s" % (name, status, errors.decode("utf-8", "replace")))
    check_bytes(name, text)
    expected = path[:-len(".trace")] + ".txt"
    if os.environ.get("UPDATE"):
        with open(expected, "wb") as file:
            file.write(text)
    with open(expected, "rb") as file:
        check(file.read() == text, "%s: the report differs from %s" % (name, os.path.basename(expected)))
    status, data, errors = run(["report", "--json", "-", path])
    report = json.loads(data)
    check(report["schema"] == 1, "%s: schema" % name)
    for worker in report["workers"]:
        shares = worker["percent"]
        check(shares is None or sum(shares.values()) in (0, 100), "%s: shares of %s do not add up" % (name, worker["name"]))
    codes = {finding["code"] for finding in report["findings"]}
    match = re.match(r"(none-)?([A-Z]\d{3})-", name)
    if match and match.group(1):
        check(match.group(2) not in codes, "%s: near miss fires" % name)
    elif match:
        check(match.group(2) in codes, "%s: does not fire" % name)
    elif name.startswith("healthy-"):
        check(not codes, "%s: findings in a healthy run: %s" % (name, codes))
    return name


def check_completeness(names):
    with open(os.path.join(source, "src", "detect", "findings.def")) as file:
        rows = re.findall(r'^FINDING\((\w+),\s*"([^"]*)",\s*\w+,\s*"[^"]*",\s*"([^"]*)"\)', file.read(), re.M)
    check(rows, "findings.def could not be read")
    for code, slug, sample in rows:
        check(any(name.startswith(code + "-") for name in names), "%s: no trace that fires it" % code)
        check(any(name.startswith("none-%s-" % code) for name in names), "%s: no near miss" % code)
        explained = run(["explain", slug])
        check(explained[0] == 0 and len(explained[1]) > 400, "%s: no text for explain" % code)
        if not sample:
            check(code in ("X002", "X003", "X005"), "%s: names no sample" % code)
            continue
        try:
            with open(os.path.join(source, "samples", sample)) as file:
                head = file.read(2000)
        except OSError as error:
            check(False, "%s: sample %s: %s" % (code, sample, error))
            continue
        check(re.search(r"expect:.*\b%s\b" % code, head), "%s: the sample %s does not expect it" % (code, sample))


def check_options():
    """Muting, --fail-on, --redact, and one clear line for every bad input."""
    leak = os.path.join(folder, "F001-leak-in-c.trace")
    check(run(["report", "--fail-on", "error", leak])[0] == 1, "--fail-on error must give 1")
    check(run(["report", "--fail-on", "B", leak])[0] == 0, "--fail-on B must give 0")
    for ignore in ("F001", "f", "fd-limit-hit", "F001@prog.c:64", "MPW-F001@*/prog.c"):
        status, text, _ = run(["report", "--fail-on", "note", "--ignore", ignore, leak])
        check(status == 0 and b"1 muted" in text and b"VERDICT" not in text, "--ignore %s" % ignore)
    check(run(["report", "--fail-on", "F001", "--ignore", "F001@other.c", leak])[0] == 1, "--ignore of another file")
    redacted = run(["report", "--redact", leak])[1] + run(["report", "--redact", "--json", "-", leak])[1]
    check(b"/home" not in redacted, "--redact shows a path")
    check(run(["report", "-q", os.path.join(folder, "healthy-true.trace")])[1] == b"", "-q without a finding prints")
    with tempfile.TemporaryDirectory() as temporary:
        foreign = os.path.join(temporary, "foreign\x1b[2J")
        with open(foreign, "wb") as file:
            file.write(os.urandom(1000))
        bad_line = os.path.join(temporary, "bad.trace")
        with open(bad_line, "w") as file:
            file.write("# mpwatch trace 1\n0.1 1 0 nonsense\n")
        os.mkfifo(os.path.join(temporary, "fifo"))
        for arguments in ([], ["/nonexistent"], [foreign], [temporary], [os.path.join(temporary, "fifo")], [bad_line],
                          ["--width", "x", leak], ["--color", "red", leak], ["--fail-on", "bogus", leak],
                          ["--fail-on", "fd>80%", leak], ["--ignore", "Z9", leak], ["--bogus", leak], ["-o"],
                          ["-o", "/nonexistent/x", leak], ["--json", leak, leak], ["-o", "/dev/full", leak],
                          [leak, leak], ["--last", leak]):
            status, text, errors = run(["report"] + arguments)
            check(status == 2 and errors.count(b"\n") == 1 and not text and b"\x1b" not in errors,
                  "bad input %r: status %d, stderr %r" % (arguments, status, errors))
    for arguments in ([], ["Z999"], ["--bogus"], ["F001", "F001"]):
        status, text, errors = run(["explain"] + arguments)
        check(status == 2 and errors.count(b"\n") == 1 and not text, "explain %r: %d %r" % (arguments, status, errors))


def main():
    if not os.path.exists(tool):
        print("report_tool was not built")
        return 77
    names = [check_trace(path) for path in sorted(glob.glob(os.path.join(folder, "*.trace")))]
    check(len(names) > 10, "no traces found")
    check_completeness(names)
    check_options()
    print("%d traces, %d failures" % (len(names), len(failures)))
    return 1 if failures else 0


sys.exit(main())
