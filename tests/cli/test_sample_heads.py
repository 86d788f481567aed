#!/usr/bin/env python3
"""The heads of the samples are complete and agree with each other, and samples/README.md is made from them."""
import ast
import os
import re
import subprocess
import sys

SOURCE = os.environ.get("MPW_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import sample_headers  # noqa: E402


def end_is_known(text):
    return text == "hangs" or re.match(r"(exit|signal) \d+$", text)


def codes_are_well_written(text):
    return text == "none" or all(re.match(r"[A-Z]\d{3}$", code) for code in text.split(", "))


def problems_of(sample, files):
    yield from sample.errors
    if sample.is_helper:
        return
    for key in ("shows", "ends", "expect", "twin") + (("python",) if sample.is_python else ()):
        if not sample.get(key):
            yield "no line '%s:'" % key
    for key, value in sample.fields.items():
        if key.startswith("ends") and not end_is_known(value):
            yield "unknown end: " + value
        if key.split()[0] in ("expect", "later") and not codes_are_well_written(value):
            yield "'%s: %s' is no list of codes" % (key, value)
    if sample.get("twin") not in files or sample.get("twin") == sample.file:
        yield "twin %s does not exist" % sample.get("twin")
    if sample.name.endswith("_wrong") and not sample.expected() and not sample.get("later"):
        yield "a wrong program that no finding belongs to"
    if sample.name.endswith("_right") and (sample.expected() or sample.get("later") or sample.get("ends") == "hangs"):
        yield "a right program must end and have no finding"


def syntax_of(sample):
    try:
        with open(sample.path) as stream:
            ast.parse(stream.read(), feature_version=(3, 6))
    except SyntaxError as error:
        yield "not Python 3.6: %s" % error


def main():
    samples = sample_headers.all_samples(os.path.join(SOURCE, "samples"))
    files = {sample.file for sample in samples}
    problems = ["%s: %s" % (s.file, p) for s in samples for p in problems_of(s, files)]
    problems += ["%s: %s" % (s.file, p) for s in samples if s.is_python for p in syntax_of(s)]
    if len(samples) < 20:
        problems.append("only %d samples in %s" % (len(samples), SOURCE))
    for problem in problems:
        print(problem)
    fresh = subprocess.call([sys.executable, os.path.join(SOURCE, "tools", "samples-readme"), "--check"])
    return 1 if problems or fresh else 0


if __name__ == "__main__":
    sys.exit(main())
