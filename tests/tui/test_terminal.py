#!/usr/bin/env python3
"""The screen on a real terminal (tmux, own socket): every screen, resize storms, all ways out, terminal modes as before.
Waits for a text with a deadline, never for a time alone."""
import fcntl, os, pty, random, re, select, shutil, signal, struct, subprocess, sys, tempfile, termios, time

HERE = os.path.dirname(os.path.abspath(__file__))
MPWATCH = os.path.abspath(os.path.join(os.environ.get("MPW_BUILD", "build/release"), "bin", "mpwatch"))
TRACE = os.path.join(HERE, "thumbs.trace")
DEADLINE = 20
failed = 0

if not shutil.which("tmux"):
    print("tmux is not installed")
    sys.exit(77)

def fail(text):
    global failed
    failed += 1
    print("FAILED:", text, flush=True)

class Terminal:
    def __init__(self, folder, term="screen-256color", locale="C.UTF-8"):
        self.folder = folder
        self.socket = os.path.join(folder, "tmux")
        env = dict(os.environ, LC_ALL=locale, PS1="ready> ", HOME=folder, ENV="", EDITOR="true", PAGER="true")
        env.pop("TMUX", None)
        subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-e",
                        f"LC_ALL={locale}", "sh -i"], env=env, check=True)
        self.line(f"export TERM={term}; PS1='rea''dy> '")
        self.wait("ready>")

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True).stdout

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def line(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def text(self):
        return self.tmux("capture-pane", "-p")

    def wait(self, *wanted, gone=()):
        end = time.monotonic() + DEADLINE
        while True:
            text = self.text()
            if all(part in text for part in wanted) and not any(part in text for part in gone):
                return text
            if time.monotonic() > end:
                fail(f"waited for {wanted} without {gone}, the screen has:\n{text}")
                return text
            time.sleep(0.02)

    def modes(self, name):
        path = os.path.join(self.folder, name)
        self.line(f"stty -a > {path}; echo done-{name}-$?")
        self.wait(f"done-{name}-0")
        with open(path) as file:
            return file.read()

    def start(self, options=""):
        self.line("clear")
        self.line(f"{MPWATCH} tui {options} {TRACE}; echo status=$?")
        self.wait("[1Work]", "qQuit")

    def pid(self):
        shell = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", shell], stdout=subprocess.PIPE, text=True).stdout
        for row in out.splitlines():
            if "mpwatch" in row:
                return int(row.split()[0])
        fail("mpwatch is not running")
        return 0

    def close(self):
        self.tmux("kill-server")

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

def read_until_quiet(fd, quiet, limit):
    data, end = b"", time.monotonic() + limit
    while time.monotonic() < end:
        if not select.select([fd], [], [], quiet)[0]:
            return data
        try:
            data += os.read(fd, 65536)
        except OSError:
            return data
    return data

def pty_session(environment):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(environment)
        os.execv(MPWATCH, [MPWATCH, "tui", TRACE])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return pid, fd

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
        os.write(fd, b"q")
        read_until_quiet(fd, 0.5, DEADLINE)
        _, status = os.waitpid(pid, 0)
        if status != 0:
            fail(f"{environment}: wait status {status}")
        os.close(fd)

def random_keys():
    pid, fd = pty_session({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "EDITOR": "true", "VISUAL": "true", "PAGER": "true"})
    read_until_quiet(fd, 0.5, DEADLINE)
    rng = random.Random(5)
    choices = [b"j", b"k", b"\x1b[A", b"\x1b[B", b"\x1b[5~", b"\x1b[6~", b"g", b"G", b"\r", b"\x1b", b"\x7f", b"/", b"n", b"\\", b"s",
               b"I", b"a", b"z", b"x", b"+", b"-", b"f", b" ", b"[", b"]", b"{", b"}", b",", b".", b"<", b">", b"L", b"!", b"?", b"\t",
               b"\xff", b"\xc3\xa9", b"\x1bOP", b"\x00", b"5", b"1"] + [str(i).encode() for i in range(10)]
    end = time.monotonic() + 5
    while time.monotonic() < end:
        os.write(fd, rng.choice(choices))
        read_until_quiet(fd, 0.002, 0.02)
        if os.waitpid(pid, os.WNOHANG)[0]:
            fail("random keys ended it")
            return
    os.write(fd, b"\x1b")
    read_until_quiet(fd, 0.2, 1)
    os.write(fd, b"\x1b")
    read_until_quiet(fd, 0.2, 1)
    os.write(fd, b"q")
    end = time.monotonic() + DEADLINE
    while (left := os.waitpid(pid, os.WNOHANG)[0]) == 0 and time.monotonic() < end:
        read_until_quiet(fd, 0.05, 0.1)
    if not left:
        fail("q does not leave after random keys")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

with tempfile.TemporaryDirectory() as folder:
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
random_keys()
print("terminal:", "failed" if failed else "ok")
sys.exit(failed > 0)
