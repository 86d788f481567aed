#!/usr/bin/env python3
"""Keys and signals do what they do in a bare run: Ctrl-C, Ctrl-\\, Ctrl-Z and fg through a terminal, kill from elsewhere."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cli import MPWATCH, SCRATCH, clean_environment, main, run, same


class Terminal:
    """A shell with job control on a terminal of its own."""

    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.clear()
            os.environ.update(clean_environment(PS1="$ ", TERM="xterm"))
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        self.text = ""

    def send(self, text):
        os.write(self.fd, text.encode())

    def wait(self, pattern, timeout=15):
        """Everything up to the pattern, which is taken out of what was read."""
        end = time.time() + timeout
        while True:
            found = re.search(pattern, self.text)
            if found:
                before, self.text = self.text[:found.end()], self.text[found.end():]
                return before
            left = end - time.time()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError("%r did not come; there is %r" % (pattern, self.text))
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError("%r did not come; the terminal is closed; there is %r" % (pattern, self.text))

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def in_terminal(function):
    terminal = Terminal()
    try:
        terminal.wait(r"\$ ")
        terminal.send("stty -echo\n")
        terminal.wait(r"\$ ")
        function(terminal)
    finally:
        terminal.close()


COMMAND = "%s -n -qq -- " % MPWATCH


def check_ctrl_c():
    def test(terminal):
        # Short sleeps: a signal that comes just before CPython enters one is only looked at after it, in a bare run too.
        script = "python3 -S -c 'import time; print(\"go\" + \"ing\", flush=True); [time.sleep(0.1) for _ in range(200)]'"
        for prefix in ("", COMMAND):
            terminal.send(prefix + script + "\n")
            terminal.wait("going")
            terminal.send("\x03")
            terminal.wait(r"\$ ")
            terminal.send("echo status=$?\n")
            same("status of " + prefix, re.search(r"status=(\d+)", terminal.wait(r"status=\d+")).group(1), "130")
            terminal.wait(r"\$ ")
    in_terminal(test)


def check_ctrl_c_that_the_program_handles():
    def test(terminal):
        script = "sh -c 'trap \"echo caught; exit 5\" INT; echo go\"\"ing; while :; do sleep 0.1; done'"
        terminal.send(COMMAND + script + "; echo status=$?\n")
        terminal.wait("going")
        terminal.send("\x03")
        text = terminal.wait(r"status=\d+")
        same("caught once", text.count("caught"), 1)
        same("status", "status=5" in text, True)
    in_terminal(test)


def check_ctrl_c_stops_a_shell_loop():
    def test(terminal):
        terminal.send("for i in 1 2 3; do %s sleep 5; echo round$i; done; echo en''d\n" % COMMAND)
        time.sleep(0.7)
        terminal.send("\x03")
        same("rounds", "round" in terminal.wait(r"\$ "), False)
    in_terminal(test)


def check_ctrl_backslash():
    def test(terminal):
        terminal.send("ulimit -c 0; %s sh -c 'echo go\"\"ing; sleep 20'; echo status=$?\n" % COMMAND)
        terminal.wait("going")
        terminal.send("\x1c")
        same("status", "status=131" in terminal.wait(r"status=\d+"), True)
    in_terminal(test)


def check_third_ctrl_c_says_something():
    def test(terminal):
        terminal.send(COMMAND + "sh -c 'trap \"\" INT; echo go\"\"ing; sleep 3'\n")
        terminal.wait("going")
        for _ in range(3):
            terminal.send("\x03")
            time.sleep(0.2)
        terminal.wait("the program ignores Ctrl-C")
    in_terminal(test)


def check_ctrl_z_and_fg():
    def test(terminal):
        script = "sh -c 'echo go\"\"ing; read line; echo got:$line; exit 4'"
        terminal.send(COMMAND + script + "; echo status=$?\n")
        terminal.wait("going")
        terminal.send("\x1a")
        terminal.wait("Stopped")
        terminal.wait(r"\$ ")
        terminal.send("jobs; echo still''here\n")
        terminal.wait("stillhere")
        terminal.send("fg; echo status=$?\n")
        time.sleep(0.5)
        terminal.send("word\n")
        terminal.wait("got:word")
        same("status", "status=4" in terminal.wait(r"status=\d+"), True)
    in_terminal(test)


def check_ctrl_z_and_bg():
    def test(terminal):
        terminal.send(COMMAND + "bash -c 'echo go\"\"ing; sleep 1; echo work''done'\n")
        terminal.wait("going")
        terminal.send("\x1a")
        terminal.wait("Stopped")
        terminal.send("bg\n")
        terminal.wait("workdone")
        terminal.send("wait; echo al''l\n")
        terminal.wait("all")
    in_terminal(test)


def check_program_stops_itself():
    def test(terminal):
        terminal.send(COMMAND + "sh -c 'kill -STOP $$; echo go\"\"es on'\n")
        terminal.wait("Stopped")
        terminal.send("fg\n")
        terminal.wait("goes on")
    in_terminal(test)


def start(script, **options):
    process = subprocess.Popen([MPWATCH, "-n", "-qq", "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=clean_environment(), **options)
    process.stdout.readline()
    return process


def check_signals_sent_to_mpwatch():
    for number, name in ((signal.SIGTERM, "TERM"), (signal.SIGHUP, "HUP"), (signal.SIGUSR1, "USR1"), (signal.SIGUSR2, "USR2"),
                         (signal.SIGINT, "INT"), (signal.SIGQUIT, "QUIT")):
        process = start("trap 'echo got %s; exit 8' %s; echo ready; while :; do sleep 0.05; done" % (name, name))
        process.send_signal(number)
        same("%s" % name, process.communicate(timeout=20)[0], b"got %s\n" % name.encode())
        same("status", process.returncode, 8)
        process = start("echo ready; while :; do sleep 0.05; done")
        process.send_signal(number)
        process.communicate(timeout=20)
        same("unhandled %s" % name, process.returncode, -number)


def check_second_sigterm():
    process = start("trap '' TERM; echo ready; echo $$; exec sleep 6")
    child = int(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    same("the first one waits", process.poll(), None)
    process.send_signal(signal.SIGTERM)
    errors = process.stderr.readline()
    same("message", b"left running" in errors, True)
    same("status", process.wait(10), -signal.SIGTERM)
    os.kill(child, 0)  # it is still there
    os.kill(child, signal.SIGKILL)


COUNTER = ("import os, signal, sys, time; n = [0]; signal.signal(%d, lambda *a: n.__setitem__(0, n[0] + 1)); "
           "print('ready', os.getpid(), flush=True); end = time.time() + 1.2\nwhile time.time() < end: time.sleep(0.02)\nprint(n[0])")


def check_signals_sent_to_the_group_arrive_once():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGQUIT):
        for to_group in (True, False):
            process = subprocess.Popen([MPWATCH, "-n", "-qq", sys.executable, "-S", "-c", COUNTER % number],
                                       stdout=subprocess.PIPE, env=clean_environment(), start_new_session=True)
            process.stdout.readline()
            (os.killpg if to_group else os.kill)(process.pid, number)
            same("%s, group: %s" % (number, to_group), process.communicate(timeout=20)[0], b"1\n")
            same("status", process.returncode, 0)


def check_continued_by_its_own_child():
    """Nobody wakes mpwatch here, but the program goes on: it must not be waited for in vain."""
    script = "(sleep 0.5; kill -CONT $$) & kill -STOP $$; echo went on; exit 3"
    for command in (["sh", "-c", script], [MPWATCH, "-n", "-qq", "sh", "-c", script]):
        result = run(*command, timeout=20)
        same("output", (result.stdout, result.returncode), (b"went on\n", 3))


STOPPED = """
import os, sys, time
r, w = os.pipe()
if os.fork() == 0:
    os.close(w)
    os.read(r, 1)
    os._exit(0)
begin = time.monotonic()
print("go" + "ing", flush=True)
end = time.process_time() + 1
while time.process_time() < end: pass
os.write(w, b"x")
os.wait()
print("took=%.3f" % (time.monotonic() - begin), flush=True)
"""


def check_stopped_time_counts_nowhere():
    script, out = os.path.join(SCRATCH, "stopped.py"), os.path.join(SCRATCH, "stopped.json")
    with open(script, "w") as file:
        file.write(STOPPED)

    def test(terminal, stop, go_on):
        terminal.send("%s -n -qq --json %s -- %s -S %s\n" % (MPWATCH, out, sys.executable, script))
        terminal.wait("going")
        stop(terminal)
        terminal.wait("Stopped")
        time.sleep(4)
        terminal.send(go_on)
        took = float(re.search(r"took=([\d.]+)", terminal.wait(r"took=[\d.]+\s")).group(1))
        terminal.send("echo al''l\n")
        terminal.wait("all")
        with open(out) as file:
            report = json.load(file)
        worker = [w for w in report["workers"] if w["name"] == "w1"][0]
        # The program's own clock goes on while it is stopped.
        for what, seconds in (("run", report["run"]["seconds"]), ("worker", worker["seconds"]["input"]),
                              ("pipe", report["channels"][0]["readers_blocked_s"])):
            same("time of the %s: %.3f s of %.3f s" % (what, seconds, took), 0.5 < seconds < took - 3, True)

    for stop in (lambda terminal: terminal.send("\x1a"), lambda terminal: os.killpg(os.tcgetpgrp(terminal.fd), signal.SIGSTOP)):
        in_terminal(lambda terminal: test(terminal, stop, "fg\n"))


def check_third_ctrl_c_says_what_it_waits_for():
    def test(terminal):
        terminal.send(COMMAND + "%s -S -c 'import os, signal; signal.signal(2, lambda *a: 0); r, w = os.pipe(); "
                      "print(\"go\" + \"ing\", flush=True); os.read(r, 1)'\n" % sys.executable)
        terminal.wait("going")
        for _ in range(3):
            time.sleep(0.3)
            terminal.send("\x03")
        terminal.wait(r"ignores Ctrl-C; it waits for input in read; Ctrl-\\ ends it")
        terminal.send("\x1c")
    in_terminal(test)


def check_timeout_command():
    for command in (["timeout", "0.5", MPWATCH, "-n", "-qq", "sleep", "9"], [MPWATCH, "-n", "-qq", "timeout", "0.5", "sleep", "9"]):
        begin = time.time()
        same("timeout", run(*command).returncode, 124)
        same("time", time.time() - begin < 5, True)


def check_nohup_and_background():
    out = os.path.join(SCRATCH, "background")
    run("sh", "-c", "nohup %s sh -c 'sleep 0.2; echo done' > '%s' 2>/dev/null & wait" % (COMMAND, out))
    with open(out) as text:
        same("output", text.read(), "done\n")


main(sys.modules[__name__])
