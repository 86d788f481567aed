#!/usr/bin/env python3
"""Whole screens: each screen of thumbs.trace at three sizes must be as stored in screens/, byte for byte. UPDATE=1 writes them anew.

Also: no line is wider than the screen, monochrome says what colours say, hostile names reach no terminal, every size works."""
import os, re, subprocess, sys, tempfile, unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("MPW_BUILD", "build/release")
GOLDEN = os.path.join(HERE, "..", "golden")
MPWATCH = os.path.join(BUILD, "bin", "mpwatch")
VIEWS = ["workers", "timeline", "copies", "fds", "locks", "findings", "tree", "stacks", "output", "help"]
SIZES = [(80, 24), (120, 40), (40, 10)]
SGR = re.compile(r"\x1b\[[0-9;]*m")
failed = 0

def fail(text):
    global failed
    failed += 1
    print("FAILED:", text)

def screen(trace, keys, w, h, *options):
    env = dict(os.environ, LC_ALL="C.UTF-8")
    run = subprocess.run([MPWATCH, "tui", trace, "--script", keys, "--size", f"{w}x{h}", *options],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=60)
    if run.returncode != 0 or run.stderr:
        fail(f"{trace} {keys!r} {w}x{h} {options}: status {run.returncode}: {run.stderr.decode(errors='replace')}")
    return run.stdout.decode("utf-8", "replace")

def width(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)

def check_shape(what, text, w, h, ascii_only):
    lines = SGR.sub("", text).split("\n")[:-1]
    if len(lines) != h:
        fail(f"{what}: {len(lines)} lines, not {h}")
    for line in lines:
        if width(line) > w:
            fail(f"{what}: wider than {w}: {line}")
        if ascii_only and not line.isascii():
            fail(f"{what}: not ASCII: {line}")
        if re.search(r"[\x00-\x1f\x7f\x80-\x9f]", line):
            fail(f"{what}: control character: {line!r}")
    if h > 2 and w > 20 and lines and width(lines[-1]) > w - 1:
        fail(f"{what}: the last cell is used")

def compare(name, text):
    text = re.sub(r"\d+ rules checked", "N rules checked", text)  # a new rule is no new screen
    path = os.path.join(HERE, "screens", name)
    if os.environ.get("UPDATE"):
        with open(path, "w") as file:
            file.write(text)
        return
    try:
        with open(path) as file:
            wanted = file.read()
    except FileNotFoundError:
        fail(f"{name} is not stored; UPDATE=1 writes it")
        return
    if text == wanted:
        return
    fail(f"{name} differs")
    for old, new in zip(wanted.split("\n"), text.split("\n")):
        if old != new:
            print("  stored:", old)
            print("  now:   ", new)

def stored_screens():
    trace = os.path.join(HERE, "thumbs.trace")
    for i, view in enumerate(VIEWS):
        key = str((i + 1) % 10)
        for w, h in SIZES:
            plain = screen(trace, key, w, h, "--ascii")
            color = screen(trace, key, w, h, "--color", "256")
            mono = screen(trace, key, w, h, "--color", "never")
            check_shape(f"{view} {w}x{h}", plain, w, h, True)
            check_shape(f"{view} {w}x{h} unicode", color, w, h, False)
            trim = lambda text: [line.rstrip() for line in SGR.sub("", text).split("\n")]
            if trim(color) != trim(mono):
                fail(f"{view} {w}x{h}: monochrome says something else than colour")
            compare(f"{key}-{view}.{w}x{h}.txt", plain)
            compare(f"{key}-{view}.{w}x{h}.256.txt", color)

# keys, and what the screen must then show (or, with !, must not)
SCRIPTS = [
    ("thumbs", "jjj", [">w4"]),
    ("thumbs", "G", [">w3"]),
    ("thumbs", "/w4<Enter>", [">w4"]),
    ("thumbs", "/nosuch<Enter>", ["Not found: nosuch"]),
    ("thumbs", "\\w4<Enter>", [">w4", "Filter: w4", "!w2"]),
    ("thumbs", "\\w4<Enter><Esc>", ["w2"]),
    ("thumbs", "\\w<Esc>", ["main", "!Filter:"]),
    ("many-workers", "2", ["w1-3 ", "w28-30 "]),
    ("many-workers", "z", ["31 processes  R 0", "one letter each"]),
    ("thumbs", "s", ["Sort by (Enter)", "> the screen's own order", "%RUN"]),
    ("thumbs", "sjjj<Enter>", ["Sorted by NOW", "!Sort by (Enter)"]),
    ("thumbs", "sjj<Enter>I", [">main"]),
    ("thumbs", "s<Esc>", ["!Sort by (Enter)", "Sort: family"]),
    ("thumbs", "<F6>j<Enter>", ["Sorted by WORKER"]),
    ("thumbs", "<Click 12,1>", ["[2Time]"]),
    ("thumbs", "<Click 5,8>", [">w2"]),
    ("thumbs", "<Click 37,5>", ["Sorted by %RUN"]),
    ("thumbs", "<WheelDown 5,8>", [">w4"]),
    ("thumbs", "<WheelDown 5,8><WheelUp 5,8>", [">main"]),
    ("thumbs", "2<Click 30,8>", ["REPLAY 00:04/00:12", "^ is 00:04.0"]),
    ("thumbs", "z<Click 9,6>", [">w2 pid 41214"]),
    ("thumbs", "zll", [">w2 pid 41214", "6 processes  R 2"]),
    ("thumbs", "1h", ["Left and right mean something on"]),
    ("thumbs", "t2<Enter>m", ["A range begins here"]),
    ("thumbs", "t2<Enter>mt8<Enter>m", ["RANGE 00:02-00:08", "Only 00:02.0 to 00:08.0", "  53  30"]),
    ("thumbs", "t2<Enter>mt8<Enter>m6", ["MPW-B004", "!MPW-X001"]),
    ("thumbs", "t2<Enter>mt8<Enter>m3", ["Nothing was sent in this range."]),
    ("thumbs", "t2<Enter>mt8<Enter>m2", ["[=====", "=^"]),
    ("thumbs", "t2<Enter>mt8<Enter>mm", ["The marked range is given up.", "REPLAY 00:08"]),
    ("thumbs", "mm", ["No range"]),
    ("thumbs", "a", ["All, internal ones too"]),
    ("thumbs", "aa", ["Only problems", ">w4", "w3", "!w1  "]),
    ("thumbs", "3u", ["Bytes in kB, MB, GB", "10.0 GB"]),
    ("thumbs", "3uu", ["Bytes in full.", " B in 12.4 s"]),
    ("thumbs", "3uuu", ["9.31 GiB"]),
    ("thumbs", "GW", ["The row in full", "killed by SIGKILL"]),
    ("thumbs", "jjjW<Esc>", ["!The row in full"]),
    ("thumbs", "jjF4", ["[4FDs]", ">w2"]),
    ("thumbs", "jjF4j1", [">w4"]),
    ("thumbs", "jjFF", ["Following nobody."]),
    ("thumbs", "6M", ["MPW-B004 is muted", "1N", "!1E"]),
    ("thumbs", "6M1", ["!MPW-B004"]),
    ("thumbs", "6Ma", ["(muted) `w3` was killed"]),
    ("thumbs", "6MakM", ["MPW-B004 counts again.", "1E 1N"]),
    ("thumbs", "6MM", ["No findings that are not muted", "0E"]),
    ("thumbs", "4o", ["who inherited its descriptors", "w5 has 308: 308 of them were open in main"]),
    ("thumbs", "7-", ["main +", "!w1"]),
    ("thumbs", "7-+", ["!main +", "w1"]),
    ("thumbs", "7/w1<Enter>-", ["w1 has no children to fold."]),
    ("thumbs", "7j", [">  |- 4 x worker  fork, thumbs.py:83  ".replace(">  ", "> "), "processes    5, of which 4 live", " |   `- w5 ", "`- exiftool"]),
    ("thumbs", "7j-", [" 4 x worker  fork, thumbs.py:83 + ", "!w1 ", "`- exiftool"]),
    ("thumbs", "7j<Enter>", ["[7Tree]", " 4 x worker  fork, thumbs.py:83 + ", "!w1 "]),
    ("thumbs", "7j-+", [" |   `- w5 "]),
    ("thumbs", "7jF", ["Select a process to follow"]),
    ("thumbs", "7jj8", ["w1  pid 41213"]),
    ("thumbs", "jjj8", ["w4  pid 41216", "waits for lock L2 since 6.2s"]),
    ("thumbs", "jjj8h", ["w3  pid 41215"]),
    ("thumbs", "8v", ["all processes now ---", "!grouped"]),
    ("thumbs", "8T", ["THREAD 41210 (main)"]),
    ("thumbs", "7K", ["A recording: its processes are gone"]),
    ("thumbs", "<F9>", ["A recording: its processes are gone"]),
    ("thumbs", "<>><>>", ["Speed 4x."]),
    ("thumbs", "<<>", ["Speed 1/2x."]),
    ("thumbs", "1+", ["This row stands for one process only."]),
    ("thumbs", "1-", ["No rows were unfolded."]),
    ("thumbs", "3+", ["Zoom works on 2 Timeline, folding on 1 and 7."]),
    ("thumbs", "1x", ["Findings can be explained: on 6"]),
    ("thumbs", "2/", ["Only rows can be found"]),
    ("thumbs", "2s", ["Only rows can be sorted"]),
    ("thumbs", "0<Enter>", ["There is nothing to open"]),
    ("thumbs", "9e", ["No place in the source is known here."]),
    ("thumbs", "jjj<Enter>", ["[8Stack]", "w4  pid 41216", "thumbs.py:71"]),
    ("thumbs", "jjj<Enter><Esc>", ["[1Work]", ">w4"]),
    ("thumbs", "!", ["[6Find]", ">error    MPW-B004", "Problem 1 of 2"]),
    ("thumbs", "!!", [">note     MPW-X001", "Problem 2 of 2"]),
    ("thumbs", "6<Enter>", ["error MPW-B004", "= fix:", "!LEVEL"]),
    ("thumbs", "6x", ["[6Find]", "WHAT IT MEANS"]),
    ("S001-lock-in-bound-method", "6", [" 31 |     return pool.map(self.check, rows)\n    |                     ^^^^^^^^^^ TypeError",
                                        "             self.check -> self: Validator -> .model", "lines more: Enter", "(x3)"]),
    ("S001-lock-in-bound-method", "6<Enter>", ["             def init():  global model; model = Model(...)\n", "!lines more"]),
    ("healthy-pool-objects", "3", [">Pool results     w1, w2  main          20", "0.4s     0.3s", "list of int", "pool.py:3 work",
                                   "Pool results, w1, w2 to main: who sends what"]),
    ("healthy-pool-objects", "1j", ["  10 "]),
    ("thumbs", "5v", ["who waits for whom, as far as is known", "w4 41216 --waits 6.2s--> L2 db_lock --held by--> w3 41215 (ended 00:06)",
                      "No circle is seen."]),
    ("thumbs", "5vv", [">L2", "!as far as is known"]),
    ("thumbs", "5v<Esc>", [">L2", "!as far as is known"]),
    ("thumbs", "4v", ["Equal places are grouped on 8 Stacks, who waits for whom is on 5 Locks."]),
    ("thumbs", "t5<Enter>", ["REPLAY 00:05/00:12", "!1E"]),
    ("thumbs", "t5<Enter>L", ["REPLAY 00:12/00:12", "1E"]),
    ("thumbs", "tnever<Enter>", ["Not a time"]),
    ("thumbs", "{", ["REPLAY 00:02/00:12"]),
    ("thumbs", "{{{{", ["REPLAY 00:00/00:12"]),
    ("thumbs", "L]}", ["REPLAY 00:12/00:12"]),
    ("thumbs", ",", ["w5: started by fork", "REPLAY 00:06"]),
    ("thumbs", "t0<Enter>,", ["No earlier event."]),
    ("thumbs", ".", ["No later event."]),
    ("thumbs", "2hhhhhhhhhh", ["REPLAY 00:10/00:12"]),
    ("thumbs", "2++", ["1 column = 50"]),
    ("thumbs", "2++f", ["1 column = 200"]),
    ("thumbs", "z", ["main IRO-LR"]),
    ("thumbs", "a", ["exiftool"]),
    ("thumbs", "1<Tab>", ["[2Time]"]),
    ("thumbs", "1<S-Tab>", ["[0Help]"]),
    ("thumbs", "4?", ["ON THIS SCREEN (FDs)"]),
    ("thumbs", "t0<Enter>", ["Nothing has started yet."]),
    ("healthy-true", "6", ["No findings. "]),
    ("healthy-true", "1", ["One process. Workers appear"]),
    ("healthy-true", "3", ["No pipe, queue or pool."]),
    ("healthy-true", "5", ["No lock was contended."]),
    ("healthy-true", "7", ["Only one process."]),
    ("healthy-pool", "1", ["No problems. 2 of 2 workers ran your code 52% of the time."]),
]

def path_of(trace):
    own = os.path.join(HERE, trace + ".trace")
    return own if os.path.exists(own) else os.path.join(GOLDEN, trace + ".trace")

def key_scripts():
    for trace, keys, wanted in SCRIPTS:
        text = screen(path_of(trace), keys, 80, 24, "--ascii")
        for part in wanted:
            there = part.lstrip("!") in text if part != "!" else True
            if there == (part.startswith("!") and len(part) > 1):
                fail(f"{trace} {keys!r}: {'shows' if part.startswith('!') else 'does not show'} {part.lstrip('!')!r}\n{text}")

def farm(living, ended):
    """A trace: so many workers that wait, and so many that came to nothing."""
    lines = ["# mpwatch trace 1", '0 0 0 run pid=100 cpus=2 command="./farm" cwd="/" version="0.1.0" kernel="6.1"',
             '0.0001 1 0 proc pid=100 how=7 exe="/farm" cmdline="./farm" comm="farm"', "0.001 1 100 start flags=0 pid=100"]
    for i in range(living + ended):
        pid, number, born = 200 + i, 2 + i, 0.01 + i * 0.001
        lines += [f"{born:.4f} 1 100 fork child={pid} call=fork how=1",
                  f'{born:.4f} {number} 0 proc pid={pid} parent=1 how=1 exe="/farm" cmdline="./farm" comm="farm"',
                  f"{born:.4f} {number} {pid} start how=1 pid={pid} ppid=100",
                  f"{born + 0.1:.4f} {number} 0 limits nofile_soft=1024 nofile_hard=1024",
                  f"{born + 0.1:.4f} {number} {pid} fd_open fd={i % 2 + 5} kind=1 call=open dev=1 ino=7",
                  f"{born + 0.2:.4f} {number} {pid} fd_close fd=6",
                  f"{born + 0.3:.4f} {number} {pid} thread_stat calls=5 run_ns=100000000"]
        if i % 2 == 0 and i // 2 < ended:
            lines.append(f"{born + 0.5:.4f} {number} 0 proc_exit status=256 source=2")
        else:
            lines.append(f"{born + 0.4:.4f} {number} {pid} thread_state call=read fd=3 since_ns=300000000")
    lines.sort(key=lambda line: float(line.split()[0]) if line[0] != "#" else -1)
    return "\n".join(lines + ["2 1 100 thread_state call=wait4 fd=-1 since_ns=300000000", "2 0 0 clock"]) + "\n"

# how many live, how many have ended, keys, what the screen must show
FOLDS = [
    (3, 3, "", [">main", "w6", " exit status 1", "!Enter shows each"]),
    (10, 10, "", [">main", " w20  ", " w1-w19 (10) ", "ended: exit status 1", "!Enter shows each", "!w3 "]),
    (10, 10, "G", [">w1-w19 (10)", "exit status 1; the first at 00:00, the last at 00:00", "w1-w19 (10) in the same state (Enter shows each)"]),
    (10, 10, "G<Enter>", [">w1 ", "10 rows that were one", "!(10)"]),
    (10, 10, "G<Enter>-", [">w1 ", "Equal rows are one again."]),
    (10, 10, "GF", ["Select a process to follow"]),
    (10, 10, "/w3<Enter>", [">w3 "]),
    (200, 30, "", [">main", " w2-w230 (200) ", " w1-w59 (30) "]),
    (200, 30, "j", [">w2-w230 (200)", " 200 x  waits for input in read"]),
    (200, 30, "j<Enter>", ["1-11 of 202 (j k)"]),
    (200, 30, "/w77<Enter>", [">w77 "]),
    (200, 30, "z", ["231 processes"]),
    (200, 30, "sjjj<Enter>", ["of 231 (j k)"]),
    (20, 0, "4", [">main", " others (20)     0-1", "!w7 "]),
    (20, 0, "4j", [">others (20)", "Processes that use less than a quarter of their limit and do not grow. Enter"]),
    (20, 0, "4j<Enter>", ["w1 ", "w2 ", "Each process (Esc: one row again)", "!others (20)"]),
    (20, 0, "4j<Enter><Esc>", ["[4FDs]", ">w1 ", " others (19)"]),
    (20, 0, "4/w7<Enter>", [">w7 "]),
    (20, 0, "4jF", ["Select a process to follow"]),
]

def shows(name, trace, rows):
    """Each row: keys, and what the screen must show then (with "!": must not)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "it.trace")
        with open(path, "w") as file:
            file.write(trace)
        for keys, wanted in rows:
            text = screen(path, keys, 80, 24, "--ascii")
            for part in wanted:
                if (part.lstrip("!") in text) == part.startswith("!"):
                    fail(f"{name}, {keys!r}: {part!r}\n{text}")

def folding():
    for living, ended, keys, wanted in FOLDS:
        shows(f"{living} living, {ended} ended", farm(living, ended), [(keys, wanted)])

CLOSES = """# mpwatch trace 1
0 0 0 stack id=1 kind=1 frames="/u/app.py:5 leaky\\n"
0 0 0 stack id=2 kind=1 frames="/u/app.py:7 clean\\n"
0 1 0 proc pid=9 how=7 cmdline="python3 app.py"
0 1 9 start pid=9
0.1 1 9 pipe rd=3 wr=4 ino=77 stack=1
0.2 1 9 pipe rd=5 wr=6 ino=78 stack=1
0.3 1 9 fd_open fd=25 kind=1 call=open dev=2 ino=5 name="/etc/passwd" stack=2
0.4 1 9 fd_open fd=26 kind=1 call=open dev=2 ino=5 name="/etc/passwd" stack=2
1.0 1 9 fd_close fd=4
1.1 1 9 fd_close fd=26
2.0 1 9 fd_close fd=6
2.0 1 9 fd_open fd=27 kind=2 call=open dev=2 ino=6 name="/etc" stack=2
3 0 0 clock
"""

def closes():
    """How many of the descriptors made at a place were closed again, also earlier in time."""
    shows("closes", CLOSES, [("4", ["  OPEN CLOSED ", "     2      2 ", "     1     1+ ", "     1      - "]),
                             ("t1.5<Enter>4", ["     3      1 ", "     1     1+ "]),
                             ("t0.5<Enter>4", ["     4      0 ", "     2      - "])])

STUCK = """# mpwatch trace 1
0 0 0 stack id=1 kind=1 frames="/usr/lib/python3.11/multiprocessing/connection.py:526 Pipe\\n/usr/lib/python3.11/multiprocessing/queues.py:42 Queue.__init__\\n/u/app.py:5 <module>\\n"
0 0 0 stack id=2 kind=1 frames="/u/app.py:7 main\\n"
0 1 0 proc pid=9 how=7 cmdline="python3 app.py"
0 1 9 start pid=9
0.1 1 9 pipe rd=3 wr=4 ino=77 stack=1
0.2 1 9 fork child=10 call=fork how=1 stack=2
0.2 2 0 proc pid=10 parent=1 how=1
0.2 2 10 start how=1 pid=10 ppid=9
0.2 2 10 pyproc text="Process-1\\nfork"
0.3 2 11 pythread name="QueueFeederThread"
0.31 1 9 block call=read fd=3 dur=50000000 stack=2
0.36 1 9 block call=read fd=3 dur=30000000 stack=2
0.4 1 9 thread_state call=waitpid fd=-1 object=10 since_ns=400000000 stack=2
0.4 2 10 thread_state call=sem_wait fd=-2 object=5 since_ns=400000000
0.4 2 11 thread_state call=write fd=4 since_ns=400000000
1.4 1 0 proc_sample cpu_ns=700000000 rss_kb=1000 threads=1 fds=2
2.4 1 0 proc_sample cpu_ns=1200000000 rss_kb=1000 threads=1 fds=2
6 0 0 clock
"""

def stuck():
    """A hang in words: who waits for whom, and that nothing moves."""
    shows("stuck", STUCK, [("1", ["Nothing has moved for 5.6s: v on 5 Locks", "waits for the end of child w1 for 5.6s at app.py:7 main"]),
                           ("1j", ["its thread QueueFeederThread waits for room in write of fd 4 (Queue) for 5.6s"]),
                           ("5v", ["main 9 --waits 5.6s--> the end of child w1 at app.py:7 main", "w1 10 --waits 5.6s--> for another thread",
                                   "No circle is seen."]),
                           ("3", [">Queue            w1      -", "Full for 5.60 s: w1 waited, nobody was seen to read."]),
                           ("7", [" wait child 5.6s  50% "]), ("t2<Enter>7", [" 50% ", "REPLAY"][1:]), ("t1.5<Enter>7", [" 50% "]),
                           ("8", ["where main has waited: at least 5.6s, in waits of 1 ms and more",
                                  "   99%   5.6s       1    5.6s  (now) app.py:7 main: waits for a child in waitpid",
                                  "    1%   80ms       2    50ms  app.py:7 main: waits for input in read"]),
                           ("5", ["Nothing has moved for 5.6s: v shows who waits for whom."]), ("6", ["Nothing has moved for 5.6s: v on 5 Locks"]),
                           ("t0.35<Enter>mt0.9<Enter>m8", ["   30ms       1 "]),
                           ("7j", ["w1  Process-1", "started      at 00:00 by main, fork, at app.py:7 main"]),
                           ("7j8", ["THREAD 11 QueueFeederThread"])])

AFTER_A_WAIT = """# mpwatch trace 1
0 0 0 run pid=9 cpus=2 command="x"
0 1 0 proc pid=9 how=7
0 1 9 start pid=9
1 1 9 thread_stat calls=1 run_ns=1000000000
1.2 1 9 thread_state call=read fd=3 since_ns=200000000
4 1 9 block call=read fd=3 dur=3000000000
"""

GONE = """# mpwatch trace 1
0 0 0 module id=1 path="" build_id=""
0 0 0 stack id=1 kind=0 frames="9+0x1234 9+0x5678"
0 1 0 proc pid=9 how=7
0 1 9 start pid=9
0.1 1 9 fd_open fd=3 kind=1 call=open dev=2 ino=1 name="/f" stack=1
0.2 0 0 tick procs=1
"""

def frames_of_nothing():
    """Frames of which nothing is known are said to be so, in one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gone.trace")
        with open(path, "w") as file:
            file.write(GONE)
        text = screen(path, "4", 80, 24, "--ascii")
        if "not known: it had ended before its code could be looked at" not in text or "    ? " in text:
            fail(f"frames of nothing:\n{text}")

def now_after_a_wait():
    """Who comes out of a long wait goes on at once, though totals of it come later; but not when it waits again and again."""
    brief = "".join(f"4.{i:02d} 1 9 block call=read fd=3 dur=9000000\n" for i in range(1, 40))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "wait.trace")
        for rest, now in (("4.4 0 0 tick procs=1\n", "R"), (brief + "4.4 0 0 tick procs=1\n", "I"),
                          ("4.2 0 0 tick procs=1\n", "I"),  # another wait may have begun that is not told yet
                          ("4.1 1 9 thread_state call=read fd=3 since_ns=4010000000\n4.4 0 0 tick procs=1\n", "I"),
                          ("6 1 9 thread_stat calls=2 run_ns=1000000000 input_ns=5000000000\n6.1 0 0 tick procs=1\n", "I")):
            with open(path, "w") as file:
                file.write(AFTER_A_WAIT + rest)
            text = screen(path, "1", 80, 24, "--ascii")
            if not re.search(rf"^>main +9 +{re.escape(now)} ", text, re.M):
                fail(f"after a wait and {rest[:60]!r} not {now}:\n{text}")

def any_size_any_text():
    for trace in ("hostile-names", "thumbs", "many-workers"):
        for w, h in ((1, 1), (10, 1), (18, 1), (20, 3), (39, 9), (40, 8), (40, 10), (59, 15), (60, 15), (79, 23), (80, 24), (500, 100)):
            for key in "1234567890":
                what = f"{trace} {key} {w}x{h}"
                check_shape(what, screen(path_of(trace), key + "jj<Enter>", w, h, "--color", "never"), w, h, False)

def bad_input():
    for arguments, words in ((["/nonexistent"], "No such file"), (["/dev/null"], "not a regular file"), ([HERE], "not a regular file"),
                             ([os.path.join(HERE, "test_screens.py")], "not an mpwatch recording"), ([], "Give a FILE or --last"),
                             (["--size", "0x0", "x"], "like 80x24"), (["--nosuch"], "unknown option"),
                             (["--script", "<Nosuch>", os.path.join(HERE, "thumbs.trace")], "unknown key")):
        run = subprocess.run([MPWATCH, "tui", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                             stdin=subprocess.DEVNULL)
        if run.returncode != 2 or run.stderr.count("\n") != 1 or words not in run.stderr:
            fail(f"tui {arguments}: status {run.returncode}, said {run.stderr!r}, wanted {words!r}")

stored_screens()
key_scripts()
folding()
closes()
stuck()
now_after_a_wait()
frames_of_nothing()
any_size_any_text()
bad_input()
print("screens:", "failed" if failed else "ok")
sys.exit(failed > 0)
