#!/usr/bin/env python3
"""--hang-after: what does not move is told and, if asked, ended; what moves, however little, is not."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")


def watch(*command, flags=()):
    """Status, errors and the report as JSON."""
    path = os.path.join(cli.SCRATCH, "hang.json")
    result = cli.watched(*command, flags=("-n", "-qq", "--hang-after", "2s", "--json", path) + flags)
    with open(path) as file:
        return result, json.load(file)


def python(text):
    return (sys.executable, "-c", text)


def codes(report):
    return [finding["code"] for finding in report["findings"]]


def check_stop():
    result, report = watch("/usr/bin/env", "python3", os.path.join(SAMPLES, "nothing_moves_wrong.py"), flags=("--on-hang=stop",))
    cli.same("status", result.returncode, 124)
    cli.contains("message", result.stderr.decode(), "nothing has moved for 2 s")
    cli.same("findings", codes(report), ["D005"])
    finding = report["findings"][0]
    cli.same("sure", finding["sure"], "likely")
    cli.contains("seen", "\n".join(finding["seen"]), "waits for lock (multiprocessing.Lock made at nothing_moves_wrong.py:17), held by main (pid ")
    cli.contains("seen", "\n".join(finding["seen"]), "waits for a child in waitpid()")
    time.sleep(0.2)
    left = cli.run("pgrep", "-f", "nothing_moves_wrong.py").stdout
    cli.same("processes left", left, b"")


def check_right():
    result, report = watch("python3", os.path.join(SAMPLES, "nothing_moves_right.py"), flags=("--on-hang=stop",))
    cli.same("status and findings", (result.returncode, codes(report)), (0, []))


def check_only_a_report():
    """Without stop the program is left alone; a pause after which it goes on is no hang."""
    text = ("import os, threading, time\nr, w = os.pipe()\n"
            "threading.Thread(target=lambda: (time.sleep(%s), os.write(w, b'x'))).start()\nos.read(r, 1)\nprint('end')")
    result, report = watch(*python(text % 5))
    cli.same("status and findings", (result.returncode, codes(report), result.stdout), (0, [], b"end\n"))


def check_polling_is_no_movement():
    text = "import select, os\nr, w = os.pipe()\nwhile True: select.select([r], [], [], 0.05)"
    result, report = watch(*python(text), flags=("--on-hang=stop",))
    cli.same("status and findings", (result.returncode, codes(report)), (124, ["D005"]))


def check_what_moves_is_left_alone():
    for text in ("import time; time.sleep(4)",                                                           # its time comes
                 "import time\nend = time.time() + 4\nwhile time.time() < end: pass",                    # computes
                 "import os, time\nr, w = os.pipe()\nfor i in range(9): time.sleep(0.5); os.write(w, b'x')",  # slowly
                 "import os, time\nfor i in range(9):\n  if os.fork() == 0: time.sleep(0.5); os._exit(0)\n  os.wait()"):
        result, report = watch(*python(text), flags=("--on-hang=stop",))
        cli.same("status and findings of %r" % text, (result.returncode, codes(report)), (0, []))


def check_who_gets_no_cpu_does_not_hang():
    """One of forty on a CPU, each a session of its own: where sessions share the CPU, and not processes."""
    on_one = ("taskset", "-c", str(min(os.sched_getaffinity(0))))
    busy = [subprocess.Popen(on_one + ("sh", "-c", "while :; do :; done"), start_new_session=True) for _ in range(40)]
    try:
        result, report = watch(*on_one + python("import time\nend = time.time() + 6\nwhile time.time() < end: pass"),
                               flags=("--on-hang=stop",))
    finally:
        for process in busy:
            process.kill()
            process.wait()
    cli.same("status and findings", (result.returncode, codes(report)), (0, []))


def check_wrong_use():
    for arguments, words in ((("--hang-after", "soon"), "must be a time"), (("--hang-after", "0s"), "must be a time"),
                             (("--hang-after", "-3s"), "must be a time"), (("--on-hang", "panic"), "must be report or stop"),
                             (("--on-hang=stop",), "needs --hang-after")):
        result = cli.run(cli.MPWATCH, *arguments, "true")
        cli.same("status of %r" % (arguments,), result.returncode, 125)
        cli.contains("message of %r" % (arguments,), result.stderr.decode(), words)


cli.main(sys.modules[__name__])
