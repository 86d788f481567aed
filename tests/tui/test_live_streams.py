#!/usr/bin/env python3
"""A run on the screen is the run that it is without: which streams are terminals, output, exit status, signals, the terminal's size and
modes; nothing is left behind."""
import os, re, time

import terminal as t
from live import Bash, Run, behind_screen, own_folder
from terminal import DEADLINE, fail

t.need_tmux()

# arguments, around the command, is there a screen, which of 0 1 2 are terminals
TABLE = (
    ("all the terminal", "", "{}", True, "111"),
    ("input from a file", "", "{} < in.txt", True, "011"),
    ("input from a pipe", "", "cat in.txt | {}", True, "011"),
    ("output to a file", "", "{} > out.txt", True, "101"),
    ("output to /dev/null", "", "{} > /dev/null", True, "101"),
    ("output to a pipe", "", "{} | cat", False, "101"),
    ("errors to a file", "", "{} 2> err.txt", False, "110"),
    ("both to a file", "", "{} > out.txt 2>&1", False, "100"),
    ("TERM=dumb", "", "TERM=dumb {}", False, "111"),
    ("no TERM", "", "env -u TERM {}", False, "111"),
    ("CI", "", "CI=true {}", False, "111"),
    ("CI empty", "", "CI= {}", True, "111"),
    ("background", "", "{} & wait", False, "111"),
    ("no terminal", "", "setsid -w {}", False, "111"),
    ("-n", "-n", "{}", False, "111"),
    ("--ui=none", "--ui=none", "{}", False, "111"),
    ("--ui=tui and a pipe", "--ui=tui", "{} | cat", True, "101"),
    ("--ui=tui and CI", "--ui tui", "CI=1 {}", True, "111"),
    ("record", "record -o run.mpw", "{}", False, "111"),
)


def table(bash, folder):
    with open(os.path.join(folder, "in.txt"), "w") as file:
        file.write("something\n")
    script = os.path.join(folder, "streams")
    with open(script, "w") as file:
        file.write("#!/bin/sh\nr=\nfor i in 0 1 2; do if [ -t $i ]; then r=${r}1; else r=${r}0; fi; done\necho $r > tty.txt\n"
                   "ps -o tty= -p $$ > name.txt\nuntil [ -e go ]; do sleep 0.05; done\nexit 3\n")
    os.chmod(script, 0o755)
    bash.run(f"cd {folder}; tty")
    own = re.search(r"/dev/(pts/\d+)", bash.ended()).group(1)
    go = os.path.join(folder, "go")
    for name, options, around, screen, ttys in TABLE:
        if os.path.exists(go):
            os.unlink(go)
        call = f"mpwatch {options or '-qq'} {'' if options.startswith('record') else '--on-exit=close --'} ./streams"
        bash.run(around.format(call))
        if screen:
            bash.wait("[1Work]")
        with open(go, "w"):
            pass
        bash.wait(f"end-{bash.count}=", gone=["[1Work]"])
        with open(os.path.join(folder, "tty.txt")) as file:
            got = file.read().strip()
        with open(os.path.join(folder, "name.txt")) as file:
            other = file.read().strip() not in (own, "?")
        if got != ttys:
            fail(f"{name}: terminals are {got}, expected {ttys}")
        if other != screen:
            fail(f"{name}: a screen was {'' if screen else 'not '}expected")
        os.unlink(os.path.join(folder, "tty.txt"))


def statuses(folder):
    for status in (0, 1, 2, 3, 42, 100, 119, 125, 126, 127, 128, 254, 255):
        got = Run(folder, "-qq", "--on-exit=close", "sh", "-c", f"exit {status}").end()
        if got is None or os.WEXITSTATUS(got) != status:
            fail(f"exit {status} became {got}")
    for number in (1, 2, 3, 4, 6, 8, 9, 10, 11, 13, 14, 15, 34):
        got = Run(folder, "-qq", "--on-exit=close", "sh", "-c", f"ulimit -c 0; kill -{number} $$").end()
        if got is None or not os.WIFSIGNALED(got) or os.WTERMSIG(got) != number:
            fail(f"signal {number} became {got}")
    for command, status in (("/does/not/exist", 127), ("/etc/passwd", 126), ("/", 126)):
        run = Run(folder, command)
        got = run.end()
        if got is None or os.WEXITSTATUS(got) != status or b"1049" in run.data:
            fail(f"{command}: {got}, {run.data!r}")


def same_output(folder, name, *command, options=(), count=None):
    bare = Run(folder, "-c", 'exec "$@"', "sh", *command, program="/bin/sh")
    bare.end()
    run = Run(folder, "-qq", "--on-exit=close", *options, *command)
    status = run.end(60)
    data = behind_screen(run.data)
    if status != 0 or data != bare.data:
        fail(f"{name}: {status}, {len(data)} bytes behind the screen, {len(bare.data)} bare; {data[-100:]!r}, {bare.data[-100:]!r}")
    if count and len(data) < count:
        fail(f"{name}: only {len(data)} bytes")


def output(folder):
    same_output(folder, "lines", "sh", "-c", "echo one; echo two >&2; printf 'three\\n'")
    same_output(folder, "colours", "printf", "\\033[31mred\\033[0m\\tx\\b\\b\\rover\\n\\033[1;38;5;200mbold\\033[K\\033[0m\\n")
    same_output(folder, "many", "seq", "100000")
    same_output(folder, "10 MB, then exit", "seq", "1400000", options=["--replay-output=all"], count=10000000)
    same_output(folder, "size", "stty", "size")
    same_output(folder, "modes", "stty", "-a")
    # what would ask the terminal, or change it, is not passed on
    run = Run(folder, "-qq", "--on-exit=close", "printf", "a\\033[6n\\033]0;title\\007\\033[?1049hhidden\\033[?1049l\\033[cb\\n")
    run.end()
    if not behind_screen(run.data).startswith(b"ab\r\n") or any(part in behind_screen(run.data) for part in (b"\x1b[6n", b"\x1b]", b"hidden", b"\x1b[c")):
        fail(f"questions to the terminal are printed again: {behind_screen(run.data)!r}")
    run = Run(folder, "-qq", "--on-exit=close", "printf", "no line end")
    run.end()
    if not behind_screen(run.data).startswith(b"no line end"):
        fail(f"a last line without an end: {behind_screen(run.data)!r}")


def long_output(folder):
    run = Run(folder, "-qq", "--on-exit=close", "seq", "400000")
    run.end()
    data = behind_screen(run.data)
    path = re.search(rb"all of the program's output: (\S+)", data)
    if not path or data.count(b"\n") != 201 or not data.startswith(b"399801\r\n") or b"\n400000\r\n" not in data:
        fail(f"the end of a long output: {data[:50]!r} ... {data[-200:]!r}")
        return
    with open(path.group(1), "rb") as file:
        if file.read().count(b"\n") != 400000:
            fail("the file of a long output is not whole")
    os.unlink(path.group(1))
    for how, count in (("none", 0), ("tail", 200)):
        run = Run(folder, "-qq", "--on-exit=close", f"--replay-output={how}", "seq", "1000")
        run.end()
        data = behind_screen(run.data)
        path = re.search(rb"all of the program's output: (\S+)", data)
        if data.count(b"\n") != count + 1 or not path:
            fail(f"--replay-output={how}: {data!r}")
        else:
            os.unlink(path.group(1))


def stray(folder, before):
    left = [path for path in sorted(files(folder) - before) if not path.startswith(os.path.join(folder, ".local", "state"))]
    if left:
        fail(f"left behind: {left}")
    end = time.monotonic() + DEADLINE
    while of_folder(folder) and time.monotonic() < end:
        time.sleep(0.05)
    if of_folder(folder):
        fail(f"processes are left: {of_folder(folder)}")


def of_folder(folder):
    """Processes that were started here; other tests have theirs."""
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                here = f"HOME={folder}\0".encode() in file.read()
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found += [file.read().replace(b"\0", b" ")] * here
        except OSError:
            pass
    return found


def files(folder):
    return {os.path.join(path, name) for path, _, names in os.walk(folder) for name in names}


def main():
    with own_folder() as folder:
        before = files(folder)
        statuses(folder)
        output(folder)
        long_output(folder)
        stray(folder, before)
    with own_folder() as folder:
        bash = Bash(folder)
        try:
            table(bash, folder)
        finally:
            bash.close()
    t.finish("live streams")


main()
