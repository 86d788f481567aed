"""The head of a sample: the lines "key: value" of its first comment, declared once in the sample and read by all who need them.

keys     shows     what the program shows; goes on in indented lines
         ends      exit N | hangs | signal N; "ends 3.6-3.10: ..." for those Pythons only
         python    3.6+ or 3.6-3.10, 3.12+; samples without it are C programs
         run       how to start it, from within samples/ (default: python3 FILE, or the built program)
         options   of mpwatch, when the sample is watched
         needs     a command that succeeds where the sample can run
         link      what the linker needs (C only; samples/CMakeLists.txt reads it)
         expect    codes of the findings that a report must show, or none; "expect 3.6-3.10: ..." as with ends
         place     what the source line contains that one of these findings has as its place
         says      a text in one of these findings: the way to an object, a name; several are set apart by " | "
         later     codes of findings that are not diagnosed yet
         twin      the healthy or the broken counterpart
         helper    instead of all others: a file that samples use
"""
import os
import re
import shlex
import subprocess

KEYS = ("shows", "ends", "python", "run", "options", "needs", "link", "expect", "place", "says", "later", "twin", "helper")


class Sample(object):
    def __init__(self, path):
        self.path = path
        self.file = os.path.basename(path)
        self.name = os.path.splitext(self.file)[0]
        self.is_python = self.file.endswith(".py")
        self.fields, self.errors = read_header(path)
        self.is_helper = "helper" in self.fields

    def get(self, key, default=""):
        return self.fields.get(key, default)

    def expected(self, version=None):
        return codes(self.for_version("expect", version))

    def runs_on(self, version):
        """Is this Python one of the sample's, and is there what it needs?"""
        if self.is_python and not version_in(version, self.get("python", "3.6+")):
            return False
        return not self.get("needs") or subprocess.call(
            shlex.split(self.get("needs")), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0

    def ends(self, version=None):
        return self.for_version("ends", version)

    def for_version(self, key, version):
        """The value of "key 3.6-3.10:" if that is about this Python, else that of "key:"."""
        for name, value in self.fields.items():
            if name.startswith(key + " ") and version and version_in(version, name[len(key) + 1:]):
                return value
        return self.get(key)

    def command(self, python="python3", build=""):
        """The argument list, to be run with samples/ as the working directory."""
        if "run" in self.fields:
            return shlex.split(re.sub(r"\bpython3\b", lambda _: python, self.fields["run"]))
        return [python, self.file] if self.is_python else [os.path.join(build, "samples", self.name)]


def codes(text):
    return [] if text in ("", "none") else re.findall(r"[A-Z]\d{3}", text)


def version_in(version, wanted):
    """version: (3, 8); wanted: "3.6+", "3.6-3.10", "3.8", or several of these with commas."""
    for part in wanted.split(","):
        numbers = [tuple(int(n) for n in number.split(".")) for number in re.findall(r"\d+\.\d+", part)]
        if numbers[0] <= version and (part.strip().endswith("+") or version <= numbers[-1]):
            return True
    return False


def read_header(path):
    fields, errors, last = {}, [], None
    with open(path) as source:
        for line in source:
            mark = re.match(r"(?:#|/\*| \*)(?:/$| ?(.*))", line.rstrip("\n"))
            if not mark or mark.group(1) is None:
                break
            text = re.sub(r"\s*\*/$", "", mark.group(1))
            key = re.match(r"([a-z]+(?: [\d., +-]+)?): (.*)", text)
            if key:
                last = key.group(1)
                if last.split()[0] not in KEYS or last in fields:
                    errors.append("unknown or repeated key: " + last)
                fields[last] = key.group(2).strip()
            elif last and text.startswith("   "):
                fields[last] += " " + text.strip()
            else:
                break
    return fields, errors


def all_samples(folder):
    return [Sample(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith((".py", ".c"))]
