#!/usr/bin/env python3
"""Whole screens: each screen of thumbs.trace at three sizes must be as stored in screens/, byte for byte. UPDATE=1 writes them anew.

Also: no line is wider than the screen, monochrome says what colours say, hostile names reach no terminal, every size works."""
import os, re, subprocess, sys, unicodedata

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
    ("thumbs", "jjj", [">w3"]),
    ("thumbs", "G", [">w5"]),
    ("thumbs", "/w4<Enter>", [">w4"]),
    ("thumbs", "/nosuch<Enter>", ["Not found: nosuch"]),
    ("thumbs", "\\w4<Enter>", [">w4", "Filter: w4", "!w2"]),
    ("thumbs", "\\w4<Enter><Esc>", ["w2"]),
    ("thumbs", "\\w<Esc>", ["main", "!Filter:"]),
    ("thumbs", "sss", ["Sorted by NOW"]),
    ("thumbs", "jjjj<Enter>", ["[8Stack]", "w4  pid 41216", "thumbs.py:71"]),
    ("thumbs", "jjjj<Enter><Esc>", ["[1Work]", ">w4"]),
    ("thumbs", "!", ["[6Find]", ">error    MPW-B004", "Problem 1 of 2"]),
    ("thumbs", "!!", [">note     MPW-X001", "Problem 2 of 2"]),
    ("thumbs", "6<Enter>", ["error MPW-B004", "= fix:", "!LEVEL"]),
    ("thumbs", "6x", ["[6Find]", "WHAT IT MEANS"]),
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
    ("thumbs", "4?", ["ON THE SCREEN FDs"]),
    ("thumbs", "t0<Enter>", ["Nothing has started yet."]),
    ("healthy-true", "6", ["No findings. "]),
    ("healthy-true", "1", ["One process. Workers appear"]),
    ("healthy-true", "3", ["No pipe, queue or pool."]),
    ("healthy-true", "5", ["No lock was contended."]),
    ("healthy-true", "7", ["Only one process."]),
    ("healthy-pool", "1", ["No problems. The 2 workers ran your code 52% of their time."]),
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
any_size_any_text()
bad_input()
print("screens:", "failed" if failed else "ok")
sys.exit(failed > 0)
