#!/usr/bin/env python3
"""Where Python code ran: the line of a loop that takes most of the time, in workers of every kind, on every Python that is present;
and silence where nothing ran for long or the helper is off."""
import glob
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli

# Each burns CPU at the line that says so, for some seconds.
LOOP = """
import time
def burn(seconds):
    end = time.time() + seconds
    x = 0
    while time.time() < end:
        for i in range(20000):
            x += i * i %% 7 * i  # hot
    return x
%s
"""
PROGRAMS = {
    "alone": LOOP % "burn(3.5)",
    "pool": LOOP % "import multiprocessing as m\nif __name__ == '__main__':\n    m.set_start_method('fork')\n"
                   "    with m.Pool(2) as p: p.map(burn, [0.3] * 20, chunksize=1)",
    "crowd": LOOP % "import multiprocessing as m\nif __name__ == '__main__':\n    m.set_start_method('fork')\n"
                    "    with m.Pool(16) as p: p.map(burn, [0.8] * 32, chunksize=1)",
    "spawned": LOOP % "import multiprocessing as m\nif __name__ == '__main__':\n    m.set_start_method('spawn')\n"
                      "    p = m.Process(target=burn, args=(3.5,)); p.start(); p.join()",
    "executor": LOOP % "import concurrent.futures as c\nif __name__ == '__main__':\n"
                       "    with c.ProcessPoolExecutor(2) as p: list(p.map(burn, [0.3] * 20))",
    "forked": LOOP % "import os\nif os.fork() == 0:\n    burn(3.5)\n    os._exit(0)\nos.wait()",
    "thread": LOOP % "import threading\nt = threading.Thread(target=burn, args=(3.5,)); t.start(); t.join()",
    # never waits, not even for the GIL: its creator sleeps by then
    "unasked": LOOP % "import _thread\n_thread.start_new_thread(burn, (3.5,)); time.sleep(3.6)",
    "deep": LOOP % "import sys\nsys.setrecursionlimit(5000)\ndef down(n):\n    return burn(3.5) if n == 0 else down(n - 1)\ndown(900)",
}


def pythons():
    found = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")) + ["/usr/bin/python3"]
    return [path for path in sorted(found) if os.access(path, os.X_OK)]


def report_of(python, name, program, **env):
    path = os.path.join(cli.SCRATCH, name + ".py")
    out = os.path.join(cli.SCRATCH, "out")
    with open(path, "w", encoding="utf-8") as file:
        file.write(program)
    result = cli.run(cli.MPWATCH, "-n", "-o", out + ".txt", "--json", out + ".json", "--", python, path, env=cli.clean_environment(**env))
    cli.same("status of " + name, result.returncode, 0)
    with open(out + ".txt") as text, open(out + ".json") as data:
        return text.read(), json.load(data)


def hot_lines(program):
    return [number for number, line in enumerate(program.split("\n"), 1) if "# hot" in line or "range(20000)" in line]


def check_hot_line():
    found = pythons()
    for python in found:
        for name, program in sorted(PROGRAMS.items()):
            if name not in ("alone", "pool") and python not in (found[0], found[-1]):
                continue
            text, report = report_of(python, name, program)
            runs = report["runs"]
            hot = [run for run in runs if run["line"] in hot_lines(program) and run["function"].endswith("burn")]
            if not hot or sum(run["percent"] for run in hot) < 80 or "LINES" not in text:
                raise AssertionError("%s with %s: %r %s" % (name, python, runs, text.replace("\n", " | ")))
            cli.same("file", os.path.basename(hot[0]["file"]), name + ".py")
            cli.contains("its source", text, "x += i * i % 7 * i")


def check_who():
    text, report = report_of(pythons()[-1], "pool", PROGRAMS["pool"])
    cli.same("who ran", report["runs"][0]["by"], "w1, w2")
    cli.contains("who ran", text, "w1, w2")


def check_names_that_are_odd():
    # no line of code that a terminal would obey, and a file that is no file
    program = ("import time\nsource = '''\ndef b\u00fcrn_\u4e16(end):\n    while time.time() < end:\n        for i in range(20000): i * i\n'''\n"
               "exec(compile(source, 'a\\x1b[31m\\n b', 'exec'))\nb\u00fcrn_\u4e16(time.time() + 3.5)\n")
    text, report = report_of(pythons()[-1], "odd", "# coding: utf-8\n" + program)
    functions = [run["function"] for run in report["runs"] if run["percent"] > 80 or run["line"] == 5]
    cli.same("function", functions[:1], ["b\u00fcrn_\u4e16"])
    if "\x1b" in text:
        raise AssertionError(repr(text))


def check_silence():
    quick = "print(sum(range(1000)))"
    asleep = "import time\ntime.sleep(1.5)"
    for name, program, env in (("quick", quick, {}), ("asleep", asleep, {}), ("off", PROGRAMS["alone"], {"MPWATCH_PYTHON": "0"})):
        text, report = report_of(pythons()[-1], name, program, **env)
        if report["runs"] and name != "asleep" or "LINES" in text:
            raise AssertionError("%s: %r\n%s" % (name, report["runs"], text))


if __name__ == "__main__":
    cli.main(sys.modules["__main__"])
