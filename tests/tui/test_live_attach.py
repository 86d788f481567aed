#!/usr/bin/env python3
"""Viewers of a run in other terminals: any number, any size, stopped or killed; they never slow the program and may only look and send signals.
Sessions and their names; what is left behind: nothing."""
import os, re, signal, stat, subprocess, time

import terminal as t
from live import BUILT, Bash, Run, environment, own_folder
from terminal import DEADLINE, MPWATCH, fail, read_until_quiet

t.need_tmux()

# writes how long it takes for its rounds of output, until it is told to stop
SPEED = '''#!/usr/bin/env python3
import os, sys, time
print("begun", flush=True)
while not os.path.exists("stop"):
    begin = time.monotonic()
    for i in range(2000):
        sys.stdout.write("line %d of the output of this program\\n" % i)
    sys.stdout.flush()
    with open("round", "a") as file:
        file.write("%.6f\\n" % (time.monotonic() - begin))
    time.sleep(0.01)
print("finished")
'''


def mpwatch(folder, *arguments, status=0):
    run = subprocess.run([MPWATCH, *arguments], env=environment(folder), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, timeout=DEADLINE)
    if run.returncode != status:
        fail(f"mpwatch {' '.join(arguments)}: status {run.returncode}, expected {status}: {run.stdout}{run.stderr}")
    return run.stdout, run.stderr


def rounds(folder):
    try:
        with open(os.path.join(folder, "round")) as file:
            return [float(line) for line in file]
    except OSError:
        return []


def more_rounds(folder, count, viewers=()):
    """So many rounds more: their times."""
    before, end = len(rounds(folder)), time.monotonic() + DEADLINE
    while len(rounds(folder)) < before + count:
        for viewer in viewers:
            viewer.read(0.01)
        if time.monotonic() > end:
            fail("the program stands still")
            return [0.0]
        time.sleep(0.02)
    return rounds(folder)[before:]


def watch(viewer):
    viewer.shows(b"LIVE")
    return viewer


def whole_screen(viewer, key, tab):
    viewer.keys(key)
    viewer.shows(tab)
    read_until_quiet(viewer.fd, 0.2, DEADLINE)
    viewer.keys(b"\x0c")
    return read_until_quiet(viewer.fd, 0.3, DEADLINE)


def same_screens(stopped, fresh):
    """Who was stopped shows what somebody shows who came afterwards."""
    for key, tab in zip("12345678", ("1Work", "2Time", "3Copy", "4FDs", "5Lock", "6Find", "7Tree", "8Stack")):
        end = time.monotonic() + DEADLINE
        while True:
            screens = [whole_screen(viewer, key.encode(), f"[{tab}]".encode()) for viewer in (stopped, fresh)]
            if screens[0] == screens[1] or time.monotonic() > end:
                break
        if screens[0] != screens[1]:
            fail(f"{tab} of a viewer that was stopped:\n{screens[0]!r}\nof a new one:\n{screens[1]!r}")


def three_viewers(folder):
    script = os.path.join(folder, "speed")
    with open(script, "w") as file:
        file.write(SPEED)
    os.chmod(script, 0o755)
    os.chdir(folder)
    bash = Bash(folder)
    viewers = []
    try:
        bash.run(f"cd {folder}; mpwatch -qq --session fast ./speed")
        bash.wait("[1Work]", "qQuit")
        more_rounds(folder, 20)
        viewers = [watch(Run(folder, "attach", "fast", w=w, h=h)) for w, h in ((80, 24), (200, 60), (40, 10))]
        more_rounds(folder, 20, viewers)
        os.kill(viewers[0].pid, signal.SIGSTOP)  # one is stopped, one does not read what its screen writes
        begin = time.monotonic()
        while time.monotonic() < begin + 3:
            viewers[2].read(0.1)
        took = sorted(more_rounds(folder, 20, viewers[2:]))
        if took[len(took) // 2] > 1:
            fail(f"a round takes {took[len(took) // 2]} s while a viewer is stopped")
        viewers[2].keys(b"7")
        viewers[2].wait(b"7")
        bash.keys("9")
        bash.wait("[9Out]", "of the output of this program")
        os.kill(viewers[1].pid, signal.SIGKILL)
        viewers[1].modes = None
        if viewers[1].end() != signal.SIGKILL:
            fail("a killed viewer")
        more_rounds(folder, 5, viewers[2:])
        viewers[2].keys(b"q")  # a viewer leaves: the program goes on
        if viewers[2].end() != 0:
            fail("q of a viewer")
        more_rounds(folder, 5)
        os.kill(viewers[0].pid, signal.SIGCONT)
        viewers[0].shows(b"LIVE")
        viewers.append(watch(Run(folder, "attach", "fast")))
        with open(os.path.join(folder, "stop"), "w"):
            pass
        bash.wait("ENDED 0")
        for viewer in (viewers[0], viewers[3]):
            viewer.shows(b"ENDED 0")  # their view stays
        same_screens(viewers[0], viewers[3])
        viewers[3].keys(b"q")
        viewers[3].end()
        bash.keys("q")
        bash.ended(0)
        viewers[0].keys(b"2")
        viewers[0].shows(b"2Time]")
        viewers[0].keys(b"q")
        if viewers[0].end() != 0:
            fail("q of a viewer of a session that has ended")
    finally:
        bash.close()


def sessions(folder):
    out, _ = mpwatch(folder, "ls")
    if out != "No program runs under mpwatch.\n":
        fail(f"ls of nothing: {out!r}")
    _, err = mpwatch(folder, "attach", status=2)
    if "Start one with: mpwatch CMD" not in err:
        fail(f"attach without a session: {err!r}")
    first = subprocess.Popen([MPWATCH, "-n", "-qq", "--session", "one", "sleep", "100"], env=environment(folder))
    second = subprocess.Popen([MPWATCH, "-n", "-qq", "sleep", "101"], env=environment(folder))
    other = subprocess.Popen(["sleep", "102"])
    end = time.monotonic() + DEADLINE
    while True:
        out, _ = mpwatch(folder, "ls")
        if out.count("\n") == 3 or time.monotonic() > end:
            break
        time.sleep(0.05)
    rows = [line.split() for line in out.splitlines()[1:]]
    if sorted(row[0] for row in rows) != sorted(["one", str(second.pid)]) or "sleep 100" not in out or "sleep 101" not in out:
        fail(f"ls: {out}")
    place = os.path.join(folder, "mpwatch")
    if stat.S_IMODE(os.stat(place).st_mode) != 0o700:
        fail(f"the folder of the sessions may be entered by others: {os.stat(place).st_mode:o}")
    out, err = mpwatch(folder, "attach", status=2)
    if "which session" not in err or "sleep 101" not in out:
        fail(f"attach with two sessions: {out}{err}")
    _, err = mpwatch(folder, "attach", str(other.pid), status=2)
    if err != f"mpwatch attach: pid {other.pid} was not started by mpwatch; the probe must be there from the start. Start it with: mpwatch sleep 102\n":
        fail(f"attach of an unwatched process: {err!r}")
    _, err = mpwatch(folder, "attach", "nobody", status=2)
    if "no session called nobody" not in err:
        fail(f"attach nobody: {err!r}")
    _, err = mpwatch(folder, "-n", "-qq", "--session", "one", "true", status=125)
    if "a session called one is running already" not in err:
        fail(f"the same name twice: {err!r}")
    root = [row[1] for row in rows if row[0] == "one"][0]
    for which in ("one", root, str(second.pid)):
        viewer = watch(Run(folder, "attach", which))
        viewer.keys(b"i")
        viewer.wait(b"Only the screen that started")
        viewer.keys(b"q")
        if viewer.end() != 0:
            fail(f"attach {which}")
    # the signal menu of a viewer
    viewer = watch(Run(folder, "attach", "one"))
    viewer.keys(b"K")
    viewer.wait(b"SIGTERM")
    viewer.keys(b"\r")
    viewer.wait(b"y")
    viewer.keys(b"y")
    viewer.shows(b"ENDED")
    viewer.keys(b"q")
    viewer.end()
    if first.wait(DEADLINE) != -signal.SIGTERM:
        fail(f"a signal of a viewer: the session ends with {first.returncode}")
    second.terminate()
    second.wait(DEADLINE)
    other.kill()
    other.wait()
    _, err = mpwatch(folder, "attach", "one", status=2)
    if os.listdir(place):
        fail(f"sockets are left: {os.listdir(place)}")


def folder_of_others(folder):
    """Where anybody may write nobody is trusted: no socket there, the program runs."""
    place = os.path.join(folder, "mpwatch")
    os.makedirs(place, exist_ok=True)
    os.chmod(place, 0o777)
    _, err = mpwatch(folder, "-n", "-qq", "true")
    if os.listdir(place):
        fail("a socket in a folder where everybody may write")
    os.chmod(place, 0o700)


def killed_supervisor(folder):
    """What it left does not disturb anybody, and its viewers see that it is over."""
    run = subprocess.Popen([MPWATCH, "-n", "-qq", "--session", "dies", "sleep", "103"], env=environment(folder))
    end = time.monotonic() + DEADLINE
    while "dies" not in mpwatch(folder, "ls")[0] and time.monotonic() < end:
        time.sleep(0.05)
    root = int(re.search(r"dies +(\d+)", mpwatch(folder, "ls")[0]).group(1))
    viewer = watch(Run(folder, "attach", "dies"))
    run.kill()
    run.wait()
    viewer.keys(b"1")
    viewer.shows(b"ENDED")
    viewer.keys(b"q")
    viewer.end()
    if "dies" in mpwatch(folder, "ls")[0]:
        fail("ls shows a session that was killed")
    if os.listdir(os.path.join(folder, "mpwatch")):
        fail("ls leaves the socket of a session that was killed")
    os.kill(root, signal.SIGKILL)


def dumps(folder):
    """Where a hung program stands, as text."""
    run = subprocess.Popen([MPWATCH, "-n", "-qq", "--session", "hung", os.path.join(BUILT, "lock_order_wrong")], env=environment(folder),
                           start_new_session=True, stdout=subprocess.DEVNULL)
    end = time.monotonic() + DEADLINE
    while True:
        out = mpwatch(folder, "dump", "hung")[0] if "hung" in mpwatch(folder, "ls")[0] else ""
        if (out.count("--held by-->") == 2 and "transfer" in out) or time.monotonic() > end:
            break
        time.sleep(0.1)
    for wanted in ("  1 x main: waits for accounts->", "  1 x w1: waits for accounts->", " in sem_wait for ", "Who waits for whom:", "2 of 2 processes alive", "findings so far", "lock_order_wrong.c:", " transfer "):
        if wanted.lower() not in out.lower():
            fail(f"dump has no {wanted!r}:\n{out}")
    if {tuple(re.findall(r"^  (\w+) --wait.*--held by--> (\w+)$", line)[0]) for line in out.splitlines() if "--wait" in line} != {("main", "w1"), ("w1", "main")}:
        fail(f"who waits for whom:\n{out}")
    begin = time.monotonic()
    pid = re.search(r"  pid (\d+)", out).group(1)
    out, _ = mpwatch(folder, "dump", pid)
    if "lock_order_wrong" not in out or time.monotonic() - begin > DEADLINE / 4:
        fail(f"dump {pid} after {time.monotonic() - begin:.1f} s:\n{out}")
    os.killpg(run.pid, signal.SIGTERM)
    run.wait(DEADLINE)
    _, err = mpwatch(folder, "dump", "hung", status=2)
    if "no session called hung" not in err:
        fail(f"dump of nobody: {err!r}")
    mpwatch(folder, "dump", "--nonsense", status=2)


def main():
    for part in (dumps, sessions, folder_of_others, killed_supervisor, three_viewers):
        with own_folder() as folder:
            begin = time.monotonic()
            part(folder)
            print(f"{part.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
    t.finish("live attach")


main()
