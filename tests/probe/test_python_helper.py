#!/usr/bin/env python3
"""The helper inside of CPython: the program never notices it, and what it tells is right. On every Python that is present."""
import glob
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("MPW_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
MPWATCH = os.path.join(os.environ.get("MPW_BUILD", os.path.join(SOURCE, "build", "release")), "bin", "mpwatch")
SAME = [os.path.join(SOURCE, "tests", "probe", "python", name)
        for name in ("hostile_pickles.py", "hostile_tasks.py", "invisible.py")]
failures = []


def check(condition, message):
    if not condition:
        failures.append(message)
        print("FAIL", message)


def pythons():
    found = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")) + ["/usr/bin/python3"]
    return [path for path in sorted(found) if os.access(path, os.X_OK)]


def run(command, **environment):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                            env=dict(os.environ, **environment))
    return result.returncode, result.stdout, result.stderr


def check_invisible(python):
    """Same output and status, whatever the objects do; nothing of them is called."""
    for program in SAME:
        bare, watched = (run(prefix + [python, program]) for prefix in ([], [MPWATCH, "-n", "-qq", "--"]))
        name = os.path.basename(program)
        check(bare[0] == watched[0] == 0, "%s: %s: exit status %d, bare %d" % (python, name, watched[0], bare[0]))
        check(bare[1] == watched[1], "%s: %s: another output" % (python, name))
    for name, value in (("PYTHONMALLOC", "debug"), ("PYTHONDEVMODE", "1"), ("PYTHONTRACEMALLOC", "5")):
        code = "import multiprocessing.connection; print(6 * 7)"
        result = run([MPWATCH, "-n", "-qq", "--", python, "-c", code], **{name: value})
        check(result == (0, b"42\n", b""), "%s: %s=%s: %r" % (python, name, value, result))


def findings_of(python, program, **environment):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program.py")
        report = os.path.join(folder, "report.json")
        with open(path, "wb") as file:
            file.write(program.encode("latin-1"))
        run([MPWATCH, "-n", "-qq", "--json", report, "--", python, path], **environment)
        with open(report) as file:
            return json.load(file)["findings"]


SENDS_A_LOCK = """
import multiprocessing, threading
class Model:
    def __init__(self): self.cache = {"guard": threading.RLock()}
class Task:
    def __init__(self): self.model = Model()
    def work(self, x): return x
if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool: pool.map(Task().work, [1])
"""

# The line that is to be quoted is gone, another one, or no UTF-8 when the report asks for it.
SOURCES = {
    "vanished": SENDS_A_LOCK.replace("import multi", "import os; os.unlink(__file__); import multi"),
    "changed": SENDS_A_LOCK.replace("import multi", "open(__file__, 'a').write('\\n# more\\n'); import multi"),
    "not UTF-8": "# -*- coding: latin-1 -*-" + SENDS_A_LOCK.replace("[1])", "['\xe9'])"),
}

# What a task raises is the program's business while the caller catches it.
CATCHES_TASKS = """
import multiprocessing, sys
def work(x):
    if x == 1:
        with multiprocessing.Pool(1) as pool: return pool.map(abs, [x])
    try: sys.exit(x)
    except SystemExit: return x
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        for x in (1, 2, 3):
            try: print(pool.apply(work, (x,)))
            except AssertionError: print("no")
        for f, x in ((lambda x: x, 1), (abs, (i for i in ())), (iter, [i for i in range(3)])):
            try: pool.apply(f, (x,))
            except Exception as error: print(type(error).__name__)
        pool.close(); pool.join()
    if sys.version_info >= (3, 7):
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(1) as executor:
            try: executor.submit(lambda: 1).result()
            except Exception as error: print(type(error).__name__)
"""

SENDS_AND_CATCHES = """
import multiprocessing, pickle, threading
a, b = multiprocessing.Pipe()
for send in (a.send, pickle.dumps):
    try: send(threading.RLock())
    except TypeError: pass
"""


def check_findings(python):
    found = findings_of(python, SENDS_A_LOCK)
    text = json.dumps(found)
    check("S001" in text, "%s: no S001: %s" % (python, text))
    check("Task().work -> self: Task -> .model: Model -> .cache -> ['guard']" in text, "%s: no path: %s" % (python, text))
    check("S001" not in json.dumps(findings_of(python, SENDS_AND_CATCHES)), "%s: a caught error was reported" % python)
    check(findings_of(python, CATCHES_TASKS) == [], "%s: caught errors of tasks were reported" % python)
    for name in sorted(SOURCES):
        text = json.dumps(findings_of(python, SOURCES[name]))
        check("S001" in text and "program.py" in text, "%s: source %s: no S001: %s" % (python, name, text))
    check("S001" not in json.dumps(findings_of(python, SENDS_A_LOCK, MPWATCH_PYTHON="0")), "%s: not switched off" % python)


JOBLIB = """
from joblib import Parallel, delayed
import threading
class Model:
    def __init__(self): self.guard = threading.Lock()
def use(model): return 1
if __name__ == "__main__":
    Parallel(n_jobs=2)(delayed(use)(model) for model in [Model()])
"""

JOBLIB_CATCHES = JOBLIB.replace("    Parallel", "    try: Parallel") + """
    except Exception as error: print(type(error).__name__)
    print(Parallel(n_jobs=2)(delayed(lambda x: x + 1)(x) for x in range(5)))
"""

PEBBLE = """
from concurrent.futures import TimeoutError
from pebble import ProcessPool
import os, time
def work(x):
    if x == 1: time.sleep(5)
    return x
if __name__ == "__main__":
    with ProcessPool(2, max_tasks=2) as pool:
        for future in [pool.schedule(work, args=(x,), timeout=0.5) for x in range(6)]:
            try: print(future.result())
            except TimeoutError: print("late")
"""

PEBBLE_EXITS = PEBBLE.replace("time.sleep(5)", "os._exit(3)")


WORKS = """
import multiprocessing, os, signal, sys
def work(x): return [x] * 10
def lost(x):
    os.kill(os.getpid(), signal.SIGKILL)
class Model:
    def run(self, x): return {"x": x}
def puts(queue):
    for i in range(20): queue.put((i, "x"))
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        pool.map(work, range(64), chunksize=4)
        for x in pool.imap_unordered(Model().run, range(10)): pass
        pool.starmap(max, [(1, 2)] * 6, chunksize=3)
        pool.apply(work, (1,))
    queue = context.Queue()
    process = context.Process(target=puts, args=(queue,), name="Producer")
    process.start()
    for i in range(20): queue.get()
    process.join()
    if sys.version_info >= (3, 7):
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            list(executor.map(work, range(40), chunksize=10))
            executor.submit(Model().run, 1).result()
    with context.Pool(1) as pool:
        worker = pool._pool[0]
        pool.apply_async(lost, (1,))
        worker.join()
"""


def report_of(python, program, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program.py")
        report = os.path.join(folder, "report.json")
        with open(path, "w") as file:
            file.write(program)
        run([MPWATCH, "-n", "-qq", "--json", report, "--", python, path] + list(arguments))
        with open(report) as file:
            return json.load(file)


def check_tasks(python, method):
    """Every task and object is counted, with its function, its type and its place."""
    report = report_of(python, WORKS, method)
    modern = "3.6" not in python
    name = "%s %s: " % (python, method)
    tasks = {(t["function"], t["of"]): (t["tasks"], t["calls"], t["failed"]) for t in report["tasks"]}
    expected = {("work", "Pool"): (17, 65, 0), ("Model.run", "Pool"): (10, 10, 0), ("max", "Pool"): (2, 6, 0),
                ("puts", "Process"): (1, 1, 0)}
    if modern:
        expected.update({("work", "executor"): (4, 40, 0), ("Model.run", "executor"): (1, 1, 0)})
    check(tasks == expected, name + "tasks %r" % tasks)
    objects = {o["use"]: o for o in report["objects"]}
    counts = {use: (objects[use]["sent"], objects[use]["received"]) for use in objects}
    for use, count in (("Pool tasks", 30), ("Pool results", 29), ("Queue", 20)) + ((("executor tasks", 5),) if modern else ()):
        check(counts.get(use) == (count, min(count, 30)), name + "%s %r" % (use, counts.get(use)))
    parts = {(p["what"], p["line"]): p["count"] for p in objects["Pool results"]["parts"]}
    check(parts.get(("dict", 7)) == 10, name + "results %r" % parts)
    parts = {p["what"]: p["line"] for p in objects["Pool tasks"]["parts"]}
    check(parts.get("work") in ((13, 16) if modern else (None,)), name + "places of tasks %r" % parts)
    check(objects["Pool tasks"]["bytes"] > 1000 and objects["Queue"]["pickle_s"] > 0, name + "bytes and seconds")
    uses = {c["use"] for c in report["channels"]}
    check({"Pool tasks", "Pool results", "Queue"} <= uses, name + "channels %r" % uses)
    seen = [line for f in report["findings"] if f["code"] == "B004" for line in f["seen"]]
    check(any("was in `lost`" in line and "its result is lost" in line for line in seen), name + "the lost task %r" % seen)


# 3.12 and later put a frame of their own between the two, once the call has been made some times.
CALLS_CLASSES = """
import os
class Maker:
    def __init__(self, n): self.ends = os.pipe() if n > 50 else None
made = [Maker(n) for n in range(500)]
"""


def check_frames(python):
    """A stack has the program's frames and no others."""
    with tempfile.TemporaryDirectory() as folder:
        path, report = os.path.join(folder, "program.py"), os.path.join(folder, "report.json")
        with open(path, "w") as file:
            file.write(CALLS_CLASSES)
        run(["bash", "-c", "ulimit -n 300; exec \"$@\"", "-", MPWATCH, "-n", "-qq", "--json", report, "--", python, path])
        with open(report) as file:
            found = [f for f in json.load(file)["findings"] if f["code"] == "F001"]
    check(len(found) == 1 and found[0]["line"] == 4, "%s: place of a class's call: %r" % (python, found))
    check("<- __init__()" not in json.dumps(found), "%s: a frame that is none: %r" % (python, found))


def has_module(python, name):
    return subprocess.call([python, "-c", "import " + name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def check_relatives(python):
    """Libraries with message layers and workers of their own, where they are installed."""
    if has_module(python, "joblib"):
        text = json.dumps(findings_of(python, JOBLIB))
        check("S001" in text and "Model -> .guard" in text, "%s: joblib: %s" % (python, text))
        found = findings_of(python, JOBLIB_CATCHES)
        check(found == [], "%s: joblib: a caught error was reported: %r" % (python, found))
    if has_module(python, "pebble"):
        found = findings_of(python, PEBBLE)
        check(found == [], "%s: pebble: its own time limits were reported: %r" % (python, found))
        text = json.dumps([f["title"] for f in findings_of(python, PEBBLE_EXITS)])
        check(text.count("os._exit(3)") == 1 and text.count("os._exit") == 1, "%s: pebble: %s" % (python, text))


def main():
    found = pythons()
    if not found or not os.access(MPWATCH, os.X_OK):
        print("no CPython 3 or no mpwatch here")
        sys.exit(77)
    for python in found:
        check_invisible(python)
        check_findings(python)
        check_frames(python)
        check_relatives(python)
        for method in ("fork", "spawn", "forkserver"):
            check_tasks(python, method)
    print("%d Pythons, %d failures" % (len(found), len(failures)))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
