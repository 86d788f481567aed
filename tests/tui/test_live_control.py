#!/usr/bin/env python3
"""Who has the program's keys and signals while it runs on the screen: q asks, Ctrl-C and Ctrl-Z through bash, typing, the end; and what happens when
the screen's process dies."""
import os, re, signal, subprocess, time

import terminal as t
from live import Bash, Run, own_folder
from terminal import DEADLINE, fail

t.need_tmux()

# prints what it gets; ends on "end"
ECHO = '''#!/bin/sh
echo begun
while read -r line; do
    echo "got:$line"
    [ "$line" = end ] && exit 7
done
echo input-ended
'''

COUNTS = '''#!/usr/bin/env python3
import signal, sys, time
def say(number, frame):
    print("got", signal.Signals(number).name, flush=True)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(number, say)
print("begun", flush=True)
while True:
    time.sleep(0.05)
'''

TICKS = '''#!/usr/bin/env python3
import os, time
for i in range(100000):
    with open("ticks", "w") as file:
        file.write(str(i))
    if os.path.exists("stop"):
        print("stopped well", flush=True)
        raise SystemExit(5)
    time.sleep(0.02)
'''


def scripts(folder):
    for name, text in (("echo-lines", ECHO), ("counts", COUNTS), ("ticks-on", TICKS)):
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o755)


def ticks(folder):
    try:
        with open(os.path.join(folder, "ticks")) as file:
            return int(file.read() or -1)
    except OSError:
        return -1


def stop(folder):
    with open(os.path.join(folder, "stop"), "w"):
        pass


def forget(folder):
    for name in ("stop", "ticks"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            os.unlink(path)


def goes_on(folder, name):
    """The program does something: it is neither stopped nor waiting."""
    first, end = ticks(folder), time.monotonic() + DEADLINE
    while ticks(folder) <= first:
        if time.monotonic() > end:
            fail(f"{name}: the program does not go on")
            return
        time.sleep(0.02)


def stands(folder, command, name):
    """The program is stopped as a job."""
    end = time.monotonic() + DEADLINE
    while True:
        out = subprocess.run(["ps", "-eo", "state=,args="], stdout=subprocess.PIPE, text=True).stdout
        states = [row[0] for row in out.splitlines() if row[2:].endswith(command) and "mpwatch" not in row]
        if states and set(states) == {"T"}:
            return
        if time.monotonic() > end:
            fail(f"{name}: the program is not stopped: {states}")
            return
        time.sleep(0.05)


def processes(command):
    """[pid, parent, arguments] of those that live."""
    out = subprocess.run(["ps", "-eo", "pid=,ppid=,stat=,args="], stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split(None, 3) for line in out.splitlines() if command in line]
    return [(int(row[0]), int(row[1]), row[3]) for row in rows if row[2][0] != "Z"]


def typing(bash, folder):
    bash.run("mpwatch -qq ./echo-lines")
    bash.wait("[1Work]", "waits for input")
    for key, tab in (("5", "[5Lock]"), ("2", "[2Time]")):  # the hint is on all screens
        bash.keys(key)
        bash.wait(tab, "waits for input")
    bash.keys("i")
    bash.wait("[9Out]", "begun", "Ctrl-]")
    bash.line("hello q 1")
    bash.wait("got:hello q 1", "[9Out]")
    bash.keys("C-]")
    bash.wait("got:hello q 1", gone=["Ctrl-] ends that"])
    bash.keys("i")
    bash.wait("Ctrl-] ends that", "^] Back to mpwatch", gone=["qQuit"])
    bash.line("end")
    bash.wait("ENDED 7")
    bash.keys("5")  # screens stay usable
    bash.wait("[5Lock]", "ENDED 7")
    bash.keys("1")
    bash.wait("[1Work]", "ENDED 7")
    bash.keys("q")
    text = bash.ended(7)
    if "got:hello q 1" not in text or "begun" not in text:
        fail(f"the output is not printed again:\n{text}")
    bash.run("mpwatch -qq ./echo-lines")
    bash.wait("waits for input")
    bash.keys("i")
    bash.wait("Ctrl-] ends that")
    bash.keys("C-d")
    bash.wait("ENDED 0", "input-ended")
    bash.keys("q")
    bash.ended(0)


def quitting(bash, folder):
    forget(folder)
    bash.run("mpwatch -qq ./ticks-on")
    bash.wait("[1Work]")
    bash.keys("q")
    bash.wait("still runs", "detach")
    bash.keys("x")
    bash.wait("still runs")
    bash.keys("Escape")
    bash.wait("[1Work]", gone=["still runs"])
    goes_on(folder, "q Esc")
    bash.keys("q")
    bash.wait("still runs")
    bash.keys("d")
    bash.wait(gone=["[1Work]"])
    goes_on(folder, "q d")
    stop(folder)
    bash.wait("stopped well")
    bash.ended(5)
    forget(folder)
    bash.run("mpwatch -qq ./ticks-on")
    bash.wait("[1Work]")
    bash.keys("q")
    bash.wait("still runs")
    bash.keys("k")
    bash.ended(143)


def interrupts(bash, folder):
    bash.run("mpwatch -qq ./counts")
    bash.keys("9")
    bash.wait("begun", "[9Out]")
    bash.keys("C-c")
    bash.wait("Ctrl-C sent", "got SIGINT")
    bash.keys("C-c")
    bash.wait("SIGTERM sent", "got SIGTERM")
    bash.keys("C-c")
    bash.wait("SIGKILL", "y: yes")
    bash.keys("n")
    bash.wait("got SIGTERM", gone=["y: yes"])
    bash.keys("C-\\")
    bash.wait("got SIGQUIT")
    for _ in range(3):
        bash.keys("C-c")
    bash.wait("y: yes")
    bash.keys("y")
    bash.wait("ENDED")
    bash.keys("q")
    bash.ended(137)
    # Ctrl-C as by a shell without mpwatch
    bash.run("mpwatch -qq --on-exit=close sleep 100")
    bash.wait("[1Work]")
    bash.keys("C-c")
    bash.wait("ready>", gone=["[1Work]"])
    bash.line("echo status-$?")
    bash.wait("status-130")


def clock(text):
    minutes, seconds = re.search(r" 00:(\d\d):(\d\d)  LIVE", text).groups()
    return int(minutes) * 60 + int(seconds)


def stopping(bash, folder):
    before = bash.modes("before")
    forget(folder)
    bash.run("mpwatch -qq --on-exit=close ./ticks-on")
    text = bash.wait("[1Work]", "qQuit")
    bash.keys("C-z")
    bash.wait("Stopped", gone=["[1Work]"])
    stands(folder, "./ticks-on", "Ctrl-Z")
    if bash.modes("stopped") != before:
        fail("Ctrl-Z: the terminal's modes are not as before")
    stopped_at = clock(text)
    time.sleep(3)  # which counts nowhere
    bash.line("fg")
    text = bash.wait("[1Work]", "qQuit", "LIVE", gone=[f":{stopped_at:02}  LIVE"])  # it goes on
    goes_on(folder, "fg")
    if not stopped_at <= clock(text) < stopped_at + 3:
        fail(f"fg: the clock was at {stopped_at} s and is at {clock(text)} s")
    bash.keys("C-z")
    bash.wait("Stopped", gone=["[1Work]"])
    stands(folder, "./ticks-on", "Ctrl-Z again")
    bash.line("bg")
    bash.wait("&")
    goes_on(folder, "bg")
    if bash.modes("background") != before:
        fail("bg: the terminal's modes are not as before")
    bash.line("clear; fg")
    bash.wait("mpwatch -qq")
    stop(folder)
    bash.wait("stopped well", "ready>")


def screen_dies(bash, folder):
    before = bash.modes("before-death")
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
        forget(folder)
        bash.run("mpwatch -qq ./ticks-on")
        bash.wait("[1Work]", "qQuit")
        os.kill(bash.screen_pid("-qq ./ticks-on"), number)
        bash.wait(f"the screen ended (signal {number.value}); the program goes on; mpwatch attach", gone=["[1Work]"])
        goes_on(folder, number.name)
        stop(folder)
        bash.wait("stopped well")
        bash.ended(5)
        if bash.modes(f"after-{number.name}") != before:
            fail(f"{number.name}: the terminal's modes are not as before")


def supervisor_asked(bash, folder):
    """SIGTERM to mpwatch is for the program; the terminal is in order behind it."""
    before = bash.modes("before-term")
    bash.run("mpwatch -qq --session asked ./counts")
    bash.keys("9")
    bash.wait("begun", "[9Out]")
    rows = processes("mpwatch -qq --session asked")
    pids = {row[0] for row in rows}
    top = [row[0] for row in rows if row[1] not in pids]
    os.kill(top[0], signal.SIGTERM)
    bash.wait("got SIGTERM")
    os.kill(top[0], signal.SIGUSR1)  # no handler: ends it
    bash.ended(138)  # whoever asked us to end has meant the screen, too
    if bash.modes("after-term") != before:
        fail("SIGTERM: the terminal's modes are not as before")


def supervisor_killed(bash, folder):
    """The program's terminal hangs up, as when a window is closed; the real one is the shell's again."""
    before = bash.modes("before-kill")
    bash.run("mpwatch -qq --session killed sleep 119")
    bash.wait("[1Work]", "qQuit")
    rows = processes("mpwatch -qq --session killed")
    pids = {row[0] for row in rows}
    os.kill([row[0] for row in rows if row[1] not in pids][0], signal.SIGKILL)
    bash.wait(gone=["[1Work]"])
    bash.line("echo again-$?")  # its prompt may have gone with the screen
    bash.wait("again-")
    if bash.modes("after-kill") != before:
        fail("SIGKILL of mpwatch: the terminal's modes are not as before")
    end = time.monotonic() + DEADLINE
    while processes("sleep 119") and time.monotonic() < end:
        time.sleep(0.02)
    if processes("sleep 119"):
        fail(f"SIGKILL of mpwatch: left are {processes('sleep 119')}")


def terminal_vanishes(bash, folder):
    run = Run(folder, "-qq", "sleep", "118")
    run.shows(b"LIVE")
    os.close(run.slave)
    os.close(run.fd)
    _, status = os.waitpid(run.pid, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGHUP:
        fail(f"the terminal has gone: wait status {status}")
    if processes("sleep 118"):
        fail(f"the terminal has gone: left are {processes('sleep 118')}")


def full_screen(bash, folder):
    bash.run("mpwatch -qq --on-exit=close top -d 0.3")
    bash.keys("9")
    bash.wait("[9Out]", "draws its own screen", "mpwatch attach", "PID USER")
    bash.resize(120, 30)
    bash.wait("This program draws its own screen. Better: mpwatch -n CMD here and mpwatch attach in a second terminal.")
    bash.resize(80, 24)
    bash.wait("It draws its own screen")
    bash.keys("i")
    bash.wait("Ctrl-] ends that")
    bash.keys("q")  # top's
    bash.ended(0)


def own_terminal(bash, folder):
    """/dev/tty of the program is the terminal behind the screen, also where a stream is redirected."""
    bash.run("mpwatch -qq sh -c 'printf written-%s yes > /dev/tty; exec sleep 117' > out.txt")
    bash.wait("[1Work]", "qQuit", gone=["written-yes"])
    bash.keys("9")
    bash.wait("[9Out]", "written-yes")
    bash.keys("C-c")
    bash.wait("ENDED SIGINT")
    bash.keys("q")
    bash.wait("ready>", "written-yes", gone=["[9Out]"])


def other_terminal_writes(bash, folder):
    """What another process writes on the terminal is repaired by Ctrl-L."""
    bash.run("tty > tty.txt; mpwatch -qq --on-exit=close sleep 100")
    bash.wait("[1Work]", "qQuit")
    with open(os.path.join(folder, "tty.txt")) as file:
        tty = file.read().strip()
    with open(tty, "w") as file:
        file.write("\033[1;1HSTRAY STRAY\033[12;1HSTRAY")
    bash.wait("STRAY STRAY")
    bash.keys("C-l")
    bash.wait("[1Work]", "mpwatch  sleep 100", gone=["STRAY"])
    bash.keys("C-c")
    bash.wait("ready>", gone=["[1Work]"])


def resizing(bash, folder):
    script = os.path.join(folder, "sizes")
    with open(script, "w") as file:
        file.write("#!/bin/bash\ntrap 'stty size' WINCH\nstty size\nfor ((;;)); do read -t 0.05 x < /dev/zero; [ -e stop ] && exit; sleep 0.05; done\n")
    os.chmod(script, 0o755)
    forget(folder)
    bash.run("mpwatch -qq --on-exit=close ./sizes")
    bash.keys("9")
    bash.wait("24 80", "[9Out]")
    bash.resize(70, 20)
    bash.wait("20 70")
    bash.resize(80, 24)
    bash.wait("24 80")
    stop(folder)
    bash.ended(0)


def main():
    with own_folder() as folder:
        scripts(folder)
        bash = Bash(folder)
        try:
            bash.run(f"cd {folder}")
            bash.ended()
            for part in (typing, quitting, interrupts, stopping, screen_dies, supervisor_asked, supervisor_killed, terminal_vanishes, full_screen, own_terminal, other_terminal_writes, resizing):
                begin = time.monotonic()
                part(bash, folder)
                print(f"{part.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
        finally:
            bash.close()
    t.finish("live control")


main()
