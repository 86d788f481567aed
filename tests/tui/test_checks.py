#!/usr/bin/env python3
"""What goes wrong in programs of this kind: each check a function. On a terminal where it matters (tmux or a pty), else by keys of
a script without one.

 1 sizes, prompts and menus: here, test_terminal      10 Esc, cut and unknown keys, pastes: here, test_random_keys, test_live_random_keys
 2 small terminals: here                              11 a selection stays: here
 3 ways out: test_terminal, test_live_control         12 nothing changed, nothing written: test_terminal, test_live_samples, tools/bench
 4 the last cells: here                               13 the end, a recording that was cut: here, test_live_samples
 5 hostile names: here, test_screens                  14 numbers: here
 6 others on the terminal: test_live_control          15 viewers: test_live_attach
 7 output, status, signals: test_live_streams         16 colours and characters: here, tests/unit/test_theme.c
 8 much output, input: test_live_samples, ..control   17 keys: here, test_screens, tests/unit/test_actions.c
 9 job control: test_live_control, tests/cli          18 editor and pager: here, test_terminal
"""
import base64, os, random, re, shutil, subprocess, tempfile, time

import terminal as t
from terminal import DEADLINE, HERE, MPWATCH, TRACE, Terminal, fail, leave, pty_session, read_until_quiet, set_size

GOLDEN = os.path.join(HERE, "..", "golden")
SOURCE = os.path.join(HERE, "..", "..")
UTF8 = dict(os.environ, LC_ALL="C.UTF-8")
SCREENS = "1234567890"
TABS = ("1Work", "2Time", "3Copy", "4FDs", "5Lock", "6Find", "7Tree", "8Stack", "9Out", "0Help")
XTERM = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "EDITOR": "true", "VISUAL": "", "PAGER": "true"}

def script(trace, keys, w=80, h=24, *options):
    run = subprocess.run([MPWATCH, "tui", trace, "--script", keys, "--size", f"{w}x{h}", *options], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=UTF8, timeout=120)
    if run.returncode != 0 or run.stderr:
        fail(f"{os.path.basename(trace)} {keys!r} {w}x{h}: status {run.returncode}: {run.stderr.decode(errors='replace')[:2000]}")
    return run.stdout.decode("utf-8", "replace")

def trimmed(text):
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]

def write_trace(folder, name, lines):
    path = os.path.join(folder, name + ".trace")
    with open(path, "w") as file:
        file.write("# mpwatch trace 1\n" + "\n".join(lines) + "\n")
    return path

# --- on a terminal ---

def resize_storm_with_prompts_and_menus(terminal):
    """1: any size at any time; afterwards the screen is what a fresh one would be."""
    before = terminal.modes("storm-before")
    terminal.start()
    rng = random.Random(3)
    for i in range(60):
        terminal.keys(*rng.choice((("1",), ("2",), ("3",), ("4",), ("5",), ("6",), ("7",), ("8",), ("9",), ("0",), ("1", "s"),
                                   ("4", "W"), ("/", "w"), ("t",), ("Escape",), ("z",))))
        terminal.resize(*rng.choice(((1, 1), (2, 2), (18, 1), (20, 3), (39, 7), (40, 8), (60, 15), (79, 23), (200, 60), (500, 200))))
    terminal.resize(80, 24)
    terminal.keys("Escape", "Escape", "Escape", "4")
    terminal.wait("[4FDs]", "qQuit")
    terminal.keys("C-l")
    shown = trimmed(terminal.wait("[4FDs]", ">main", "qQuit"))
    if any(len(line) > 80 for line in shown):
        fail("storm: a line is wider than the window")
    terminal.keys("q")
    terminal.wait("status=0")
    after = terminal.modes("storm-after")
    if after != before:
        fail(f"storm: the terminal's modes are not as before:\n{before}\n{after}")

def small_terminals(terminal):
    """2: small is no reason to leave, and no line is wider than the window."""
    terminal.start()
    for w, h, wanted in ((79, 23, "qQuit"), (60, 15, "qQuit"), (40, 8, "qQuit"), (30, 4, "w4 waits 6.2s for L2"), (20, 3, "1E 1N"),
                         (18, 2, "too small (18x2)"), (10, 1, "too small")):
        terminal.resize(w, h)
        text = terminal.wait(wanted)
        if any(len(line) > w for line in text.split("\n")):
            fail(f"{w}x{h}: a line is wider than the window")
    terminal.resize(80, 24)
    terminal.wait("[1Work]")
    terminal.keys("q")
    terminal.wait("status=0")

def settled(terminal, wanted):
    """What it shows once it is as wanted, or at the deadline."""
    end = time.monotonic() + DEADLINE
    while True:
        shown = trimmed(terminal.text())
        shown += [""] * (len(wanted) - len(shown))
        if shown == wanted or time.monotonic() > end:
            return shown
        time.sleep(0.02)

def every_cell(terminal, trace):
    """4, 5: what a terminal shows is the canvas, cell for cell, to the last column, also with hostile names."""
    for w, h in ((80, 24), (121, 40)):
        terminal.resize(w, h)
        terminal.start(trace=trace, wanted=("1", "q"))
        for key, tab in zip(SCREENS, TABS):
            wanted = trimmed(script(trace, "9" * (key == "0") + key, w, h))
            terminal.keys(key)
            terminal.wait("[" + (tab if w < 100 else tab[0] + " " + tab[1:3]))
            shown = settled(terminal, wanted)
            if shown != wanted:
                where = [i for i in range(len(wanted)) if shown[i] != wanted[i]][0]
                fail(f"{os.path.basename(trace)} {key} {w}x{h}: row {where} is\n  {shown[where]!r}, not\n  {wanted[where]!r}")
        terminal.keys("q")
        terminal.wait("status=0")
    terminal.resize(80, 24)

def programs_and_back(terminal, folder):
    """18: editor and pager come back to a whole screen, whether they end well or not."""
    place = os.path.join(folder, "lock.py")
    with open(place, "w") as file:
        file.write("\n" * 20)
    with open(TRACE) as file:
        trace = write_trace(folder, "places", file.read().replace("/home/dev/thumbs.py", place).split("\n")[1:])
    terminal.resize(80, 24)
    for editor, words in (("true", ">L2"), ("false", "false did not end well"), ("no-such-editor", "did not end well")):
        terminal.line(f"export EDITOR={editor} PAGER={editor}; unset VISUAL; clear")
        terminal.start(trace=trace)
        terminal.keys("5")
        wanted = trimmed(terminal.wait("[5Lock]", ">L2"))
        for key in ("e", "r"):
            terminal.keys(key)
            terminal.wait(words, "qQuit")
            terminal.keys("5")
            terminal.wait("[5Lock]", ">L2", "qQuit", gone=["did not end well"])
            shown = trimmed(terminal.text())
            if shown[:22] != wanted[:22]:
                fail(f"{editor}, {key}: the screen is not as before:\n" + "\n".join(shown))
        terminal.keys("q")
        terminal.wait("status=0")

def a_real_editor(terminal, folder):
    """18: one that draws a screen of its own."""
    if not shutil.which("vim"):
        return
    terminal.line("export EDITOR='vim -u NONE -i NONE -n'; clear")
    terminal.start(trace=os.path.join(folder, "places.trace"))
    terminal.keys("5")
    wanted = trimmed(terminal.wait("[5Lock]", ">L2"))
    terminal.keys("e")
    terminal.wait("~", gone=["[5Lock]"])
    terminal.keys(":", "q", "!", "Enter")
    terminal.wait("[5Lock]", ">L2", "qQuit")
    if settled(terminal, wanted) != wanted:
        fail("vim: the screen is not as before:\n" + terminal.text())
    terminal.keys("q")
    terminal.wait("status=0")

# --- on a pty ---

def colors_of(data):
    found = set()
    for parameters in re.findall(rb"\x1b\[([0-9;]*)m", data):
        parts = parameters.split(b";")
        for i, part in enumerate(parts):
            if part == b"38" or part == b"48":
                found.add(256)
            elif re.fullmatch(rb"[34][0-7]", part):
                found.add(8)
    return found

def first_screen(environment, options=(), keys=b""):
    pid, fd = pty_session(environment, options=options)
    data = read_until_quiet(fd, 0.6, DEADLINE)
    if keys:
        os.write(fd, keys)
        data += read_until_quiet(fd, 0.6, DEADLINE)
    status = leave(pid, fd)
    if status != 0:
        fail(f"{environment} {options}: wait status {status}")
    return data

def colors_and_characters():
    """16: what the environment and the terminal say about colours and characters, lies included."""
    plain = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": "", "FORCE_COLOR": ""}
    for more, options, wanted in (({}, (), {256}), ({"NO_COLOR": "1"}, (), set()), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (), {256}),
                                  ({"TERM": "vt100", "COLORTERM": "truecolor"}, (), set()), ({"TERM": "xterm"}, (), {8}),
                                  ({"COLORTERM": "truecolor", "TERM": "xterm"}, (), {8}), ({}, ("--theme=8",), {8}),
                                  ({}, ("--theme=mono",), set()), ({}, ("--theme=contrast",), set()), ({}, ("--color=never",), set()), ({"NO_COLOR": "1"}, ("--color=always",), {256}),
                                  
                                  ({"TERM": "vt100", "FORCE_COLOR": "1"}, ("--theme=256",), set())):
        got = colors_of(first_screen({**plain, **more}, options))
        if not (got <= wanted | ({8} if 256 in wanted else set()) and (not wanted or got)):
            fail(f"colours with {more} {options}: {got}, not {wanted}")
    for more, is_ascii in (({"LC_ALL": "C"}, True), ({}, False), ({"TERM": "linux"}, True)):
        data = first_screen({**plain, **more}, keys=b"4")
        if (b"\xe2" not in data) != is_ascii:
            fail(f"characters with {more}: {'not ' if is_ascii else ''}only ASCII")
    data = first_screen({**plain, "LINES": "5", "COLUMNS": "13"})
    if b"qQuit" not in data or b"too small" in data:
        fail("LINES and COLUMNS were believed against the terminal")

def keys_that_are_none():
    """10: Esc is answered, unknown and cut sequences do nothing, nothing that is pasted acts."""
    pid, fd = pty_session(XTERM)
    read_until_quiet(fd, 0.5, DEADLINE)
    for data in (b"\x1b[200~qqq\rq\x03\x1b[201~", b"\x1b[24~", b"\x1b[99;99X", b"\x1bOZ", b"\x1b[<0;5", b"\x1b[<999;1;1M", b"\xff\xfe",
                 b"\xff\x1b[200~q\x1b[201~", b"\x1b[<\x1b[200~q\x1b[201~", b"\x1b[<0;0;0M", b"\x1b[1;5D", b"\x00\x1c\x1d"):
        os.write(fd, data)
        read_until_quiet(fd, 0.1, 2)
        if os.waitpid(pid, os.WNOHANG)[0]:
            fail(f"{data!r} ended it")
            return
    os.write(fd, b"3")
    os.write(fd, b"/\x1b[200~pipe\r\x1b[201~")  # into a prompt, but Enter is not pasted
    shown = read_until_quiet(fd, 0.3, DEADLINE)
    if b"pipe" not in shown:
        fail("a paste does not reach a prompt")
    os.write(fd, b"\x1b")
    read_until_quiet(fd, 0.3, DEADLINE)
    if leave(pid, fd) != 0:
        fail("q does not leave after strange keys")

def mouse_on_a_terminal():
    for options, on in (((), True), (("--no-mouse",), False)):
        pid, fd = pty_session(XTERM, options=options)
        data = read_until_quiet(fd, 0.5, DEADLINE)
        if (b"\x1b[?1006h" in data) != on:
            fail(f"{options}: the mouse is {'not ' if on else ''}asked for")
        os.write(fd, b"\x1b[<0;13;2M\x1b[<0;13;2m")  # the second tab
        data = read_until_quiet(fd, 0.5, DEADLINE)
        if on and b"|00:0" not in data:
            fail("a click on a tab does not go there")
        os.write(fd, b"q")
        rest = read_until_quiet(fd, 0.5, DEADLINE)
        if on and b"\x1b[?1006l" not in rest:
            fail("the mouse stays on")
        leave(pid, fd, b"")

def copy_by_osc_52():
    pid, fd = pty_session(XTERM)
    read_until_quiet(fd, 0.5, DEADLINE)
    os.write(fd, b"5y")
    data = read_until_quiet(fd, 0.5, DEADLINE)
    wanted = b"\x1b]52;c;" + base64.b64encode(b"/home/dev/thumbs.py:18") + b"\a"
    if wanted not in data:
        fail(f"y: no OSC 52 with the place: {data[-200:]!r}")
    leave(pid, fd)

# --- by keys ---

def selected(text):
    rows = [line for line in text.split("\n") if line.startswith(">")]
    return rows[0].split()[0] if rows else None

def selection_stays(folder):
    """11: rows come, end and are sorted anew; the selected one is the same until a key moves."""
    lines = ['0.0 0 0 run pid=100 cpus=8 command="farm"', "0.0 1 0 proc pid=100 how=7", "0.001 1 100 start pid=100"]
    events = []
    for i in range(500):  # 50 a second, each lives for four
        born, pid = 0.1 + i * 0.02, 200 + i
        events += [(born, f"1 100 fork child={pid} call=fork how=1"), (born, f"{i + 2} 0 proc pid={pid} parent=1 how=1"),
                   (born, f"{i + 2} {pid} start how=1 pid={pid} ppid=100"),
                   (born + 1, f"{i + 2} {pid} thread_stat run_ns={(i * 7919) % 900}000000 input_ns=1000000"),
                   (born + 4, f"{i + 2} 0 proc_exit status=0 source=1")]
    trace = write_trace(folder, "farm", lines + [f"{ts:.6f} {rest}" for ts, rest in sorted(events, key=lambda e: e[0])])
    for sort in ("", "sjjjjj<Enter>"):
        keys = f"t3<Enter>{sort or 'j<Enter>'}" + "j" * 20  # one by one
        name = selected(script(trace, keys))
        if not name or name == ">main":
            fail(f"selection: none after {keys!r}")
        for more in ("]" * 5, "]" * 9, "[" * 4, "I", "sjj<Enter>", "\\w<Enter>", "}{", "2" + "]" * 5 + "1"):
            now = selected(script(trace, keys + more))
            if now != name:
                fail(f"selection: {name} became {now} after {sort!r} {more!r}")
        if not sort and not re.fullmatch(r">w\d+", selected(script(trace, "t3<Enter>jsjj<Enter>")) or ""):
            fail("selection: the first of a row that stood for several is not selected")
        # Without a row of its own it stays in the list, and j and k work.
        if not selected(script(trace, keys + "\\main<Enter>jk")):
            fail("selection: none left after a filter hid the row")

def numbers_hold(folder):
    """14: no division by nothing, no percents that do not add up, whatever the numbers are."""
    head = ['0.0 0 0 run pid=100 cpus=0 command="x"', "0.0 1 0 proc pid=100 how=7", "0.0 1 100 start pid=100"]
    big = 2 ** 63
    traces = {
        "empty": head, "one": head + ["0.5 1 100 thread_stat run_ns=1"],
        "back": head + ["2.0 1 100 thread_stat run_ns=900000000", "1.0 1 100 thread_stat run_ns=5000", "0.2 0 0 tick procs=1"],
        "big": head + [f"1.0 1 100 thread_stat run_ns={big} move_ns={big} input_ns={big} lock_ns={big} calls={big}",
                       f"1.0 1 0 proc_sample cpu_ns={big} rss_kb={big} threads=4000000000 fds=4000000000",
                       "1.0 1 100 pipe rd=3 wr=4 ino=5", f"1.1 1 0 fd_total fd=3 gen=1 calls_in={big} bytes_in={big} blocked_in_ns={big}",
                       f"1.1 1 0 limits nofile_soft={big} nofile_hard={big}", "1.1 1 0 fd_count open=4000000000 peak=4000000000"],
        "asleep": head + ["1.0 1 100 thread_stat run_ns=500000000", "90000.0 1 100 thread_stat run_ns=600000000"],
        "unborn": ["0.0 7 9 thread_stat run_ns=1", "0.0 7 9 thread_state call=read fd=3 since_ns=99000000000"],
    }
    bad = re.compile(r"nan|inf(?!o)|%!|-0\b|-\d+(\.\d+)?%|\b1(?!00%)\d\d%|\b[2-9]\d\d+%", re.I)
    for name, lines in traces.items():
        trace = write_trace(folder, name, lines)
        for key in SCREENS[:8]:
            for more in ("", "t0<Enter>", "t0.3<Enter>", "t0.1<Enter>mt0.4<Enter>m"):
                text = script(trace, key + more, 150, 30)
                for line in text.split("\n")[2:-2]:
                    if bad.search(line):
                        fail(f"{name} {key}{more}: {line}")
    for trace in (TRACE, os.path.join(GOLDEN, "healthy-pool.trace")):
        for line in script(trace, "1", 150, 30).split("\n"):
            shares = re.match(r"[ >]\S+ +\d+ +\S +(?:[\d.hms]+|-)((?: +\d+){6}) ", line)
            if shares and sum(map(int, shares.group(1).split())) not in (0, 100):
                fail(f"shares do not add up to 100: {line}")

def words_for_the_first_time(folder):
    """An empty screen says what will appear; a healthy one says so."""
    head = ['0.0 0 0 run pid=100 cpus=2 command="x"', "0.0 1 0 proc pid=100 how=7", "0.0 1 100 start pid=100"]
    some = head + ["0.001 1 0 limits nofile_soft=1024 nofile_hard=4096"] + [
        f'0.002 1 0 fd_seen fd={fd} kind=7 dev=1 ino=5 target="/dev/pts/4"' for fd in range(3)] + [
        "0.002 1 0 fd_count open=3 peak=3 soft=1024 hard=4096", "20.0 0 0 tick procs=1"]
    locks = head + ["0.1 1 100 lock_open addr=4096 dev=9 ino=1 kind=0 name=\"/l\"", "1.0 1 0 lock_total addr=4096 takes=50 releases=50 waits=40"]
    busy = head + ["0.1 1 100 fork child=101 call=fork how=1", "0.1 2 0 proc pid=101 parent=1 how=1", "0.1 2 101 start how=1 pid=101 ppid=100",
                   "1.0 2 101 thread_stat run_ns=100000000 lock_ns=700000000 input_ns=100000000"]
    full = some + [f'{20 + i * 0.01:.3f} 1 100 fd_open fd={3 + i} kind=1 call=open dev=2 ino={i} name="/f{i}"' for i in range(100)]
    full += ["21.5 0 0 tick procs=1"]
    for name, lines, key, words in (
            ("head", head, "1", "One process so far. Workers appear when the program starts them."),
            ("head", head, "3", "No pipe, queue or pool yet."), ("head", head, "5", "No lock was contended so far."),
            ("head", head, "6", "No findings so far."), ("head", head, "7", "Only one process."),
            ("some", some, "4", "3 of 1024 in use, not growing."), ("locks", locks, "5", "80% of its takes had to wait"),
            ("busy", busy, "1", "waiting for locks: 5 shows which"), ("full", full, "4", "At this rate main is full in")):
        text = script(write_trace(folder, name, lines), key)
        if words not in " ".join(text.split()):
            fail(f"{name} {key}: does not say {words!r}\n{text}")

def recording_that_was_cut(folder):
    """13: of a run that was torn away there is what was written."""
    path, cut = os.path.join(folder, "whole.mpw"), os.path.join(folder, "cut.mpw")
    subprocess.run([MPWATCH, "record", "-qq", "-o", path, "sh", "-c", "for i in 1 2 3 4 5; do sleep 0.3 & wait; done"], check=True,
                   stdout=subprocess.DEVNULL)
    with open(path, "rb") as file:
        data = file.read()
    if "ENDED 0" not in script(path, "1"):
        fail("a whole recording does not say that its program has ended")
    opened = 0
    for share in range(1, 20):
        with open(cut, "wb") as file:
            file.write(data[:len(data) * share // 20])
        run = subprocess.run([MPWATCH, "tui", cut, "--script", "1", "--size", "80x24"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=UTF8)
        opened += run.returncode == 0
        if run.returncode == 0 and (b"[1Work]" not in run.stdout or b"ENDED 0" in run.stdout) or run.returncode not in (0, 2):
            fail(f"cut at {share * 5} %: status {run.returncode}: {run.stdout.decode()}{run.stderr.decode()}")
    if not opened:
        fail("no recording that was cut can be opened")

def without_address_space():
    """Where there is no room for images of the model, going back in time reads everything again, and says the same."""
    for keys in ("t5<Enter>", "t5<Enter>[1", "t2<Enter>mt8<Enter>m3", "{4"):
        command = 'ulimit -v 4000000; exec "$0" tui "$1" --script "$2" --ascii'
        run = subprocess.run(["sh", "-c", command, MPWATCH, TRACE, keys], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=UTF8)
        if run.returncode != 0 or run.stdout.decode() != script(TRACE, keys, 80, 24, "--ascii"):
            fail(f"with little address space {keys!r} shows something else: {run.stderr.decode()}\n{run.stdout.decode()}")

def keys_of_the_table():
    """17: every key of the table on every screen: it does something, or says why not in the table's words."""
    views = re.findall(r"^VIEW\((\w+)", open(os.path.join(SOURCE, "tui", "views.def")).read(), re.M)
    tables = {"WORKERS", "COPIES", "FDS", "LOCKS", "FINDINGS", "TREE"}
    rows = re.findall(r'^ACTION\((\w+),\s*"((?:[^"\\]|\\.)*)",.*?,\s*(\w+),\s*((?:ON\(|TABLES|ALL)[^"]*?),\s*"([^"]*)"\)',
                      open(os.path.join(SOURCE, "tui", "actions.def")).read(), re.M)
    if len(views) != 10 or len(rows) < 45:
        fail(f"the tables cannot be read: {len(views)} screens, {len(rows)} actions")
    for action, keys, _, screens, why in rows:
        key = keys.replace("\\\\", "\\").split()[0]
        key = "<" + key + ">" if len(key) > 1 or key == "<" else key
        for i, view in enumerate(views):
            text = script(TRACE, SCREENS[i] + key)
            lines = text.split("\n")
            works = screens.startswith("ALL") or (screens.startswith("TABLES") and view in tables) or f"ON({view})" in screens
            if not works and lines[-3].strip() != why:
                fail(f"{action} on {view}: says {lines[-3].strip()!r}, not {why!r}")
            if works and lines[-3].strip() == why and why and view != "WORKERS":
                fail(f"{action} on {view}: says that it does nothing")

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)  # whatever is written lands here
    selection_stays(folder)
    numbers_hold(folder)
    words_for_the_first_time(folder)
    recording_that_was_cut(folder)
    if "asan" not in MPWATCH:  # which needs that itself
        without_address_space()
    keys_of_the_table()
    keys_that_are_none()
    mouse_on_a_terminal()
    copy_by_osc_52()
    colors_and_characters()
    t.need_tmux()
    terminal = Terminal(folder)
    try:
        resize_storm_with_prompts_and_menus(terminal)
        small_terminals(terminal)
        every_cell(terminal, TRACE)
        every_cell(terminal, os.path.join(GOLDEN, "hostile-names.trace"))
        programs_and_back(terminal, folder)
        a_real_editor(terminal, folder)
    finally:
        terminal.close()
    os.chdir("/")
t.finish("checks")
