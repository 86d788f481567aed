#!/usr/bin/env python3
"""Every library that CMake insists on is in the list of packages that tools/run installs."""
import os
import re
import shutil
import subprocess
import sys

SOURCE = os.environ.get("MPW_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def required_modules():
    with open(os.path.join(SOURCE, "CMakeLists.txt")) as stream:
        for words in re.findall(r"pkg_check_modules\(\w+ REQUIRED ([^)]*)\)", stream.read()):
            yield from (word for word in words.split() if word != "IMPORTED_TARGET")


def listed_packages():
    with open(os.path.join(SOURCE, "tools", "lib.sh")) as stream:
        return set(re.search(r'packages_build="([^"]*)"', stream.read()).group(1).split())


def package_of(module):
    folder = subprocess.check_output(["pkg-config", "--variable=pcfiledir", module]).decode().strip()
    path = os.path.join(os.path.realpath(folder), module + ".pc")
    found = subprocess.run(["dpkg", "-S", path, os.path.join(folder, module + ".pc")], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL).stdout.decode()
    return found.split(":")[0]


def main():
    if not shutil.which("dpkg") or not shutil.which("pkg-config"):
        return 77
    modules, packages = list(required_modules()), listed_packages()
    # A package may come with another one that is listed, as libelf-dev does with libdw-dev.
    depends = subprocess.run(["dpkg-query", "-W", "-f", "${Depends} "] + sorted(packages), stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL).stdout.decode()
    missing = [m for m in modules if package_of(m) not in packages and package_of(m) not in re.split(r"[ ,]+", depends)]
    for module in missing:
        print("%s is in package '%s', which tools/lib.sh does not install" % (module, package_of(module)))
    if not modules:
        print("CMakeLists.txt asks for no library")
    return 1 if missing or not modules else 0


if __name__ == "__main__":
    sys.exit(main())
