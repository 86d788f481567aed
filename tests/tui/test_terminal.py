#!/usr/bin/env python3
"""The screen on a real terminal (tmux, own socket): every screen, resize storms, all ways out, terminal modes as before."""
import os, random, re, signal, subprocess, tempfile

import terminal as t
from terminal import DEADLINE, MPWATCH, TRACE, Terminal, fail, leave, pty_session, read_until_quiet

t.need_tmux()

def every_screen(terminal):
    before = terminal.modes("before")
    terminal.start()
    for key, tab in zip("2345678901", ("2Time", "3Copy", "4FDs", "5Lock", "6Find", "7Tree", "8Stack", "9Out", "0Help", "1Work")):
        terminal.keys(key)
        terminal.wait(f"[{tab}]")
    for key, wanted in (("j", ">w1"), ("Enter", "[8Stack]"), ("Escape", "[1Work]"), ("!", "[6Find]"), ("F1", "[0Help]"),
                        ("Escape", "[6Find]"), ("1", ">w1"), ("{", "00:02/00:12"), ("L", "00:12/00:12"), ("Space", "REPLAY 1x"),
                        ("Space", "/00:12"), ("L", "00:12/00:12")):
        terminal.keys(key)
        terminal.wait(wanted)
    terminal.keys("q")
    terminal.wait("status=0", gone=["[1Work]"])
    if terminal.modes("after") != before:
        fail("q: the terminal's modes are not as before")

def resize_storm(terminal):
    before = terminal.modes("before2")
    terminal.start()
    random.seed(1)
    for i in range(40):
        terminal.keys("1234567890"[i % 10])
        w, h = random.choice([(1, 1), (2, 2), (10, 1), (20, 3), (40, 8), (60, 15), (79, 23), (200, 60), (500, 100)])
        terminal.tmux("resize-window", "-x", str(w), "-y", str(h))
    terminal.keys("/")  # a prompt while the size changes
    terminal.tmux("resize-window", "-x", "30", "-y", "5")
    terminal.keys("Escape")
    terminal.tmux("resize-window", "-x", "80", "-y", "24")
    terminal.keys("4")
    text = terminal.wait("[4FDs]", "qQuit", ">main")
    if any(len(line) > 80 for line in text.split("\n")):
        fail("a line is wider than the window")
    terminal.keys("q")
    terminal.wait("status=0")
    if terminal.modes("after2") != before:
        fail("resize storm: the terminal's modes are not as before")

def ways_out(terminal):
    before = terminal.modes("before3")
    for name, number, status in (("TERM", signal.SIGTERM, "status=143"), ("SEGV", signal.SIGSEGV, "status=139"),
                                 ("HUP", signal.SIGHUP, "status=129")):
        terminal.start()
        os.kill(terminal.pid(), number)
        terminal.wait(status, gone=["[1Work]"])
        if terminal.modes("after" + name) != before:
            fail(f"{name}: the terminal's modes are not as before")
    terminal.start()
    terminal.keys("C-c")
    terminal.wait("ready>", gone=["[1Work]"])
    terminal.start()
    terminal.keys("C-z")
    terminal.wait("ready>", gone=["[1Work]"])
    if terminal.modes("stopped") != before:
        fail("Ctrl-Z: the terminal's modes are not as before")
    terminal.line("fg")
    terminal.wait("[1Work]", "qQuit")
    terminal.keys("5")
    terminal.wait("[5Lock]")
    terminal.keys("q")
    terminal.wait("ready>", gone=["[5Lock]"])
    if terminal.modes("afterZ") != before:
        fail("fg: the terminal's modes are not as before")

def programs(terminal):
    terminal.start()
    for keys in (("r",), ("6", "e"), ("R",), ("C-l",)):
        terminal.keys(*keys)
        terminal.wait("mpwatch  python3 thumbs.py", "qQuit")
    terminal.keys("w")
    terminal.wait("Write this screen to file:")
    terminal.keys("C-u")
    path = os.path.join(terminal.folder, "written.txt")
    terminal.tmux("send-keys", "-l", path)
    terminal.keys("Enter")
    terminal.wait("Written to")
    with open(path) as file:
        if "[6Find]" not in file.read():
            fail("w: the file has no screen")
    terminal.keys("q")
    terminal.wait("status=0")

def no_terminal():
    for env, stdin in ((dict(os.environ, TERM="dumb"), None), ({k: v for k, v in os.environ.items() if k != "TERM"}, None)):
        run = subprocess.run(["setsid", "-w", MPWATCH, "tui", TRACE], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, timeout=DEADLINE)
        if run.returncode != 2 or run.stderr.count("\n") != 1 or "mpwatch report" not in run.stderr:
            fail(f"without a terminal: status {run.returncode}: {run.stderr!r}")

def bytes_on_the_line():
    # Colours off is off; ASCII is ASCII; nothing changed means nothing written.
    for environment, forbidden in (({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}, []),
                                   ({"TERM": "vt100", "LC_ALL": "C"}, [b"\xe2"])):
        pid, fd = pty_session(environment)
        first = read_until_quiet(fd, 1.0, DEADLINE)
        if b"qQuit" not in first:
            fail(f"{environment}: no screen came: {first[-300:]!r}")
        for bad in forbidden:
            if bad in first:
                fail(f"{environment}: {bad!r} was written")
        for parameters in re.findall(rb"\x1b\[([0-9;]*)m", first):
            if any(part[:1] in (b"3", b"4") and len(part) > 1 and part not in (b"39", b"49") for part in parameters.split(b";")):
                fail(f"{environment}: a colour was written: {parameters!r}")
        idle = read_until_quiet(fd, 1.5, 1.6)
        if idle:
            fail(f"{environment}: {len(idle)} bytes written while nothing changed: {idle[:80]!r}")
        status = leave(pid, fd)
        if status != 0:
            fail(f"{environment}: wait status {status}")

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)  # whatever is written lands here
    terminal = Terminal(folder)
    try:
        every_screen(terminal)
        resize_storm(terminal)
        ways_out(terminal)
        programs(terminal)
    finally:
        terminal.close()
    no_terminal()
    bytes_on_the_line()
    os.chdir("/")
t.finish("terminal")
