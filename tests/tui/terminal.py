"""A real terminal for tests of the screen: tmux with a socket of its own, or a bare pty. Waits for a text with a deadline, never
for a time alone."""
import fcntl, os, pty, re, select, shutil, struct, subprocess, sys, termios, time

HERE = os.path.dirname(os.path.abspath(__file__))
MPWATCH = os.path.abspath(os.path.join(os.environ.get("MPW_BUILD", "build/release"), "bin", "mpwatch"))
TRACE = os.path.join(HERE, "thumbs.trace")
DEADLINE = 60 if "asan" in MPWATCH else 20
failed = 0

def fail(text):
    global failed
    failed += 1
    print("FAILED:", text, flush=True)

def need_tmux():
    if not shutil.which("tmux"):
        print("tmux is not installed")
        sys.exit(77)

def finish(name):
    print(name + ":", "failed" if failed else "ok")
    sys.exit(failed > 0)

class Terminal:
    def __init__(self, folder, term="screen-256color", locale="C.UTF-8"):
        self.folder = folder
        self.socket = os.path.join(folder, "tmux")
        env = dict(os.environ, LC_ALL=locale, PS1="ready> ", HOME=folder, ENV="", EDITOR="true", PAGER="true")
        env.pop("TMUX", None)
        subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", folder,
                        "-e", f"LC_ALL={locale}", "sh -i"], env=env, check=True)
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
        with open(path) as file:  # without the size: tmux tells it late
            return re.sub(r"rows \d+; columns \d+", "", file.read())

    def start(self, options="", trace=TRACE, wanted=("[1Work]", "qQuit")):
        self.line("clear")
        self.line(f"{MPWATCH} tui {options} {trace}; echo status=$?")
        return self.wait(*wanted)

    def resize(self, w, h):
        self.tmux("resize-window", "-x", str(w), "-y", str(h))

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

def set_size(fd, w, h):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", h, w, 0, 0))

TIOCGPTN = 0x80045430  # the number of the pty; termios has it from Python 3.13 on
slaves = {}  # of a session's descriptor: the other side, and the modes from before

def pty_session(environment, trace=TRACE, options=()):
    gate, opened = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.close(opened)
        os.read(gate, 1)
        os.close(gate)
        os.environ.update(environment)
        os.execv(MPWATCH, [MPWATCH, "tui", *options, trace])
    number = struct.unpack("I", fcntl.ioctl(fd, TIOCGPTN, b"\0\0\0\0"))[0]
    slave = os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY)
    set_size(fd, 80, 24)
    slaves[fd] = slave, termios.tcgetattr(slave)
    os.close(opened)
    os.close(gate)
    return pid, fd

def closed(fd):
    """After the end: the terminal's modes are as before."""
    slave, before = slaves.pop(fd)
    if termios.tcgetattr(slave) != before:
        fail("the terminal's modes are not as before")
    os.close(slave)
    os.close(fd)

def leave(pid, fd, keys=b"q"):
    """Wait status, or None when it does not leave."""
    os.write(fd, keys)
    begin = again = time.monotonic()
    while time.monotonic() < begin + DEADLINE:
        if time.monotonic() > again + 5:  # curses may lose a key that comes together with a new size
            os.write(fd, keys)
            again = time.monotonic()
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            closed(fd)
            return status
        read_until_quiet(fd, 0.02, 0.05)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(slaves.pop(fd)[0])
    os.close(fd)
    return None
