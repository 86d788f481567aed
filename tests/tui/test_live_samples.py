#!/usr/bin/env python3
"""Programs of all kinds on the screen while they run: what hangs, crashes, leaks, copies, is healthy, has 200 workers, prints without end; freezing
and going back in time; and nothing is written when nothing changed."""
import glob, os, re, time

import terminal as t
from live import BUILT, SAMPLES, Bash, Run, own_folder
from terminal import DEADLINE, fail, read_until_quiet

t.need_tmux()

WORKERS = '''#!/usr/bin/env python3
import os, sys, time
pids = []
for i in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        r, w = os.pipe()
        while not os.path.exists("stop"):
            os.write(w, b"x")
            os.read(r, 1)
            time.sleep(0.1)
        os._exit(0)
    pids.append(pid)
print("all are there", flush=True)
for pid in pids:
    os.waitpid(pid, 0)
'''


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def all_screens(bash):
    for key, tab in zip("2345678901", ("2Time", "3Copy", "4FDs", "5Lock", "6Find", "7Tree", "8Stack", "9Out", "0Help", "1Work")):
        bash.keys(key)
        bash.wait(f"[{tab}]")


def leave(bash):
    """However it stands."""
    bash.keys("q")
    if "ENDED" not in bash.text():
        bash.wait("still runs")
        bash.keys("k")
    bash.wait(f"end-{bash.count}=", gone=["[1Work]"])


def hang(bash):
    bash.run(f"mpwatch -qq python3 {SAMPLES}/join_before_queue_is_read_wrong.py")
    bash.wait("LIVE", ">main", "w1")
    all_screens(bash)
    bash.keys("8")
    bash.wait("[8Stack]", "waits for a child in waitpid")
    leave(bash)


def ended(bash):
    for command, status, banner, key, texts in (
            (f"{BUILT}/crash_wrong", 139, "ENDED SIGSEGV", "6", ("MPW-B007",)),
            (f"{BUILT}/fd_leak_wrong", 1, "ENDED 1", "4", ("MPW-F001",) if "asan" in BUILT else ("MPW-F001", "made by this call path")),
            (f"python3 {SAMPLES}/big_list_one_worker_wrong.py", 0, "ENDED 0", "3", ("Copied", "MESSAGES", "list")),
            (f"{BUILT}/fork_pool_right", 0, "ENDED 0", "6", ("No findings",))):
        bash.run(f"mpwatch -qq {command}")
        bash.wait(banner)
        all_screens(bash)
        bash.keys(key)
        text = bash.wait(banner, *texts)
        # It lives for a few milliseconds: on a busy machine its code may not have been looked at in time.
        if key == "4" and not any(part in text for part in ("read_record", "not known: it had ended")) and "asan" not in BUILT:
            fail(f"neither where descriptors were made nor why that is not known:\n{text}")
        bash.keys("q")
        bash.ended(status)


def time_travel(bash, folder):
    write(folder, "workers", WORKERS)
    bash.run(f"cd {folder}; mpwatch -qq ./workers 3")
    bash.wait("LIVE", "w3", "Spc Freeze")
    bash.wait("00:00:03")  # of the program: there is something to go back to
    bash.keys("Space")
    bash.wait("FROZEN -", "Spc Go on")
    bash.keys("7")
    bash.wait("[7Tree]", "FROZEN -")
    bash.keys("L")
    bash.wait("LIVE", gone=["FROZEN"])
    for key in ("[", ",", "{"):
        bash.keys(key)
        bash.wait("FROZEN -", gone=["LIVE"])
    bash.keys("]", "]", ".")
    bash.wait("FROZEN -")
    bash.keys("L")
    bash.wait("LIVE", gone=["FROZEN"])
    bash.keys("[")  # who stands at another moment at the end stays there
    bash.wait("FROZEN -")
    write(folder, "stop", "")
    bash.wait("REPLAY", gone=["FROZEN"])
    bash.keys("L")
    bash.wait("ENDED 0")
    bash.keys("q")
    bash.ended(0)
    os.unlink(os.path.join(folder, "stop"))


def many(bash, folder):
    bash.run("mpwatch -qq ./workers 200")
    bash.wait("LIVE", "200 workers")
    all_screens(bash)
    bash.keys("z")
    bash.wait("LIVE", gone=["WORKER "])
    bash.keys("z")
    bash.keys("G")
    bash.wait("w200")
    write(folder, "stop", "")
    bash.wait("ENDED 0")
    bash.keys("9")
    bash.wait("all are there")
    bash.keys("q")
    bash.ended(0)
    os.unlink(os.path.join(folder, "stop"))


def endless(bash):
    """yes: keys are answered all the time, and it can be stopped."""
    bash.run("mpwatch -qq yes")
    bash.wait("LIVE")
    end = time.monotonic() + 4
    while time.monotonic() < end:
        for key, tab in (("2", "2Time"), ("9", "9Out"), ("1", "1Work")):
            bash.keys(key)
            bash.wait(f"[{tab}]")
    bash.keys("9")
    bash.wait("[9Out]", "\ny\ny\n")
    bash.keys("C-c")
    bash.wait("ENDED SIGINT")
    bash.keys("q")
    bash.wait("all of the program's output:", "\ny\n")
    path, = glob.glob(os.path.join(bash.folder, "mpwatch-output-*"))
    if os.stat(path).st_blocks * 512 > 80 << 20:
        fail("an endless output takes more room than its end may take")
    os.unlink(path)


def quiet(folder):
    """Frozen or ended: not a byte."""
    write(folder, "workers", WORKERS)
    os.chdir(folder)
    run = Run(folder, "-qq", "./workers", "3")
    run.shows(b"LIVE")
    run.keys(b" ")
    run.wait(b"FROZEN")
    read_until_quiet(run.fd, 0.5, DEADLINE)
    idle = read_until_quiet(run.fd, 2.5, 2.6)
    # only how long ago that moment was: a few cells
    if len(idle) > 200:
        fail(f"{len(idle)} bytes written while the screen was frozen: {idle[:300]!r}")
    write(folder, "stop", "")
    run.keys(b"L")
    run.shows(b"ENDED")
    read_until_quiet(run.fd, 0.5, DEADLINE)
    idle = read_until_quiet(run.fd, 2.0, 2.1)
    if idle:
        fail(f"{len(idle)} bytes written when the program had ended: {idle[:300]!r}")
    run.keys(b"q")
    if run.end() != 0:
        fail("the end of a quiet run")


def idle(folder):
    """A program that sleeps: only the clock moves, and where there are none, no durations."""
    os.chdir(folder)
    run = Run(folder, "-qq", "sleep", "1000")
    for key, tab in ((b"3", b"3Copy]"), (b"6", b"6Find]")):
        run.keys(key)
        run.shows(tab)
        read_until_quiet(run.fd, 0.3, DEADLINE)
        begin = time.monotonic()
        written = read_until_quiet(run.fd, 10, 10)
        seconds = time.monotonic() - begin + 2  # of the program: one may have begun, and one come late
        text = re.sub(rb"\x1b(\[[0-9;?]*[A-Za-z]|\([B0])", b"", written)
        if not re.fullmatch(rb"[0-9:\r]*", text) or written.count(b"\x1b[1;") > seconds or len(written) > 50 * seconds:
            fail(f"{len(written)} bytes written in {seconds:.0f} s while nothing happened: {written!r}")
    run.keys(b"q")
    run.wait(b"still runs")
    run.keys(b"k")
    run.end()


def main():
    for parts in ((hang, ended, endless), (time_travel, many), (quiet, idle)):
        with own_folder() as folder:
            bash = Bash(folder)
            try:
                for part in parts:
                    begin = time.monotonic()
                    part(*[{"bash": bash, "folder": folder}[name] for name in part.__code__.co_varnames[:part.__code__.co_argcount]])
                    print(f"{part.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
            finally:
                bash.close()
    t.finish("live samples")


main()
