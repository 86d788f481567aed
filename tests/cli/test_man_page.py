#!/usr/bin/env python3
"""The man page names the verbs and options that the program's own help names, and no others."""
import os
import re
import subprocess
import sys

SOURCE = os.environ.get("MPW_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MPWATCH = os.path.join(os.environ.get("MPW_BUILD", os.path.join(SOURCE, "build", "release")), "bin", "mpwatch")


def options_in(text):
    return set(re.findall(r"--[a-z][a-z-]+", text))


def help_of(*words):
    run = subprocess.run([MPWATCH] + list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode:
        print("%s ended with %d" % (" ".join(words), run.returncode))
    return run.stdout.decode()


def main():
    general = help_of("--help")
    verbs = sorted(set(re.findall(r"^  mpwatch ([a-z]+) ", general.partition("\nUsage:")[2], re.M)) - {"help"})
    told = options_in(general + "".join(help_of(verb, "--help") for verb in verbs))
    with open(os.path.join(SOURCE, "docs", "man", "mpwatch.1")) as stream:
        page = stream.read().replace("\\-", "-")
    written = options_in(page)
    silent = [verb for verb in verbs if "mpwatch %s\\fR" % verb not in page]
    for verb in silent:
        print("docs/man/mpwatch.1 does not have the verb %s" % verb)
    for option in sorted(told - written):
        print("docs/man/mpwatch.1 does not have %s" % option)
    for option in sorted(written - told):
        print("docs/man/mpwatch.1 has %s, which no help names" % option)
    if len(told) < 10:
        print("only %d options found in the help" % len(told))
    return 1 if told != written or silent or len(told) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
