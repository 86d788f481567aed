#!/usr/bin/env python3
"""A program that runs out of descriptors: the report names the process, the limit, how many of which kind were open, and the
place in the program."""
import json
import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("MPW_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MPW_BUILD") or os.path.join(SOURCE, "build", "release")
# sample, limit it sets, kind that fills the table, at least so many of them
CASES = [
    ("too_many_open_files_wrong.py", 128, "pipe", 100),
    ("popen_pipes_kept_wrong.py", 64, "pipe", 50),
    ("fd_leak_wrong", 64, "device", 50),
    ("fd_inherited_wrong", 64, "socketpair", 50),
]


def report_of(sample, folder):
    command = [sys.executable, os.path.join(SOURCE, "samples", sample)] if sample.endswith(".py") else \
        [os.path.join(BUILD, "samples", sample)]
    path = os.path.join(folder, "report.json")
    run = subprocess.run([os.path.join(BUILD, "bin", "mpwatch"), "-n", "-qq", "--no-save", "--json", path, "--"] + command,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path) as stream:
        return run.returncode, json.load(stream)


def problems(sample, limit, kind, at_least, folder):
    status, report = report_of(sample, folder)
    if status != 1:
        yield "exit status %d" % status
    findings = [finding for finding in report["findings"] if finding["code"].endswith("F001")]
    if len(findings) != 1:
        yield "%d findings F001" % len(findings)
        return
    finding = findings[0]
    seen = "\n".join(finding["seen"])
    if "main" not in finding["who"]:
        yield "who: %s" % finding["who"]
    if not re.search(r"\blimit %d\b" % limit, seen):
        yield "the limit %d is not named: %s" % (limit, seen)
    counts = [int(n) for n in re.findall(r"^(\d+) of the \d+: %s" % kind, seen, re.M)]
    if not at_least <= sum(counts) <= limit:
        yield "%s: %s, expected %d to %d: %s" % (kind, counts, at_least, limit, seen)
    if not (finding["file"] or "").endswith(sample if sample.endswith(".py") else sample + ".c") or not finding["line"]:
        yield "the place is %s:%s" % (finding["file"], finding["line"])


# Plain files with low numbers are not told one by one; when the table is full they count.
FILES_ONLY = """
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
for fd in range(3, 256):
    try:
        os.close(fd)
    except OSError:
        pass
# Some were open before, and are closed as a range: they are not in the table any more.
before = [os.open("/etc/passwd", os.O_RDONLY) for _ in range(15)]
os.closerange(before[0], before[-1] + 1)
held = [os.pipe() for _ in range(5)]
held = [fd for pair in held for fd in pair]
try:
    while True:
        held.append(os.open("/etc/passwd", os.O_RDONLY))
finally:
    for fd in held:
        os.close(fd)
"""


# Nothing of multiprocessing: the exception that ends the thread is seen all the same.
IN_A_THREAD = """
import resource, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
def opens():
    held = []
    while True:
        held.append(open("/etc/passwd"))
thread = threading.Thread(target=opens)
thread.start()
thread.join()
"""


def findings_of(folder, python, *arguments):
    path = os.path.join(folder, "program.json")
    subprocess.run([os.path.join(BUILD, "bin", "mpwatch"), "-n", "-qq", "--no-save", "--json", path, "--", python, "-S"] + list(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path) as stream:
        return [f for f in json.load(stream)["findings"] if f["code"].endswith("F001")]


def pythons():
    home = os.path.expanduser("~/.pyenv/versions")
    versions = sorted(os.listdir(home)) if os.path.isdir(home) else []
    found = ["/usr/bin/python3"] + [os.path.join(home, v, "bin", "python3") for v in versions if v.startswith("3.")]
    return [python for python in found if os.access(python, os.X_OK)]


def problems_of_thread(folder):
    path = os.path.join(folder, "opens.py")
    with open(path, "w") as stream:
        stream.write(IN_A_THREAD)
    for python in pythons():
        findings = findings_of(folder, python, path)
        if [(f["file"], f["line"]) for f in findings] != [(path, 7)]:
            yield "%s: %r" % (python, findings)


def problems_of_files_only(folder):
    findings = findings_of(folder, "/usr/bin/python3", "-c", FILES_ONLY)
    seen = "\n".join(findings[0]["seen"]) if findings else ""
    if "limit 40, open 40 " not in seen or "where mpwatch does not look" in seen:
        yield seen or "no finding"
    files = [int(n) for n in re.findall(r"^(\d+) of the \d+: file, as /etc/passwd", seen, re.M)]
    if sum(files) != 27:
        yield "files: %r: %s" % (files, seen)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for problem in problems_of_files_only(folder):
            print("files only: %s" % problem)
            failed += 1
        for problem in problems_of_thread(folder):
            print("in a thread: %s" % problem)
            failed += 1
        for case in CASES:
            for problem in problems(*case, folder):
                print("%s: %s" % (case[0], problem))
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
