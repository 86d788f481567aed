#!/usr/bin/env python3
"""The documents speak of files that exist: links, and paths in backticks."""
import glob
import os
import re
import subprocess
import sys

SOURCE = os.environ.get("MPW_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATH = re.compile(r"`((?:src|probes|tests|tools|samples|docs|tui)/[^`\s]*)`")
# Patterns and names that stand for many files.
PLACEHOLDER = re.compile(r"[<>{|*]|CODE|FILE|\.\.\.|test_\b")


def documents():
    listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "*.md"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    names = listed.stdout.decode().split()
    return names or [os.path.relpath(p, SOURCE) for p in glob.glob(os.path.join(SOURCE, "*.md")) +
                     glob.glob(os.path.join(SOURCE, "docs", "*.md"))]


def missing_in(name):
    with open(os.path.join(SOURCE, name)) as stream:
        text = stream.read()
    folder = os.path.dirname(os.path.join(SOURCE, name))
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        if not os.path.exists(os.path.join(folder, target)):
            yield target
    for path in PATH.findall(text):
        if not PLACEHOLDER.search(path) and not os.path.exists(os.path.join(SOURCE, path.rstrip("/"))):
            yield path


def main():
    names = documents()
    missing = ["%s speaks of %s, which does not exist" % (name, path) for name in names for path in missing_in(name)]
    for line in missing:
        print(line)
    if "README.md" not in names:
        print("no documents found")
    return 1 if missing or "README.md" not in names else 0


if __name__ == "__main__":
    sys.exit(main())
