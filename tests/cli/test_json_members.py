#!/usr/bin/env python3
"""docs/json.md has all members that the report's JSON has, and no others."""
import glob
import os
import re
import sys

SOURCE = os.environ.get("MPW_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def members_written():
    found = set()
    for path in glob.glob(os.path.join(SOURCE, "src", "report_json*.c")):
        with open(path) as stream:
            text = stream.read()
        found |= set(re.findall(r'json_object_set_new\(\s*\w+,\s*"(\w+)"', text)) | set(re.findall(r'LIST\("(\w+)"', text))
        found |= set(re.findall(r'\[SHARE_\w+\] = "(\w+)"', text))
    return found


def members_told():
    with open(os.path.join(SOURCE, "docs", "json.md")) as stream:
        lines = stream.read().splitlines()
    found, values = set(), {"main", "w1", "null", "false", "yes", "likely", "possible", "fork", "spawn", "forkserver", "pipe", "socketpair",
                            "fifo", "Queue", "Pipe", "S001", "error"}
    for line in lines:
        found |= set(re.findall(r"`(\w+)`", line)) if line.startswith("|") else set()
    return found - values


def main():
    written, told = members_written(), members_told()
    for name in sorted(written - told):
        print("docs/json.md does not have %s" % name)
    for name in sorted(told - written):
        print("docs/json.md has %s, which no report writes" % name)
    return 1 if written != told or len(written) < 80 else 0


if __name__ == "__main__":
    sys.exit(main())
