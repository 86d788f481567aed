"""Runs on the screen, for tests: bash with job control in tmux, or mpwatch itself on a bare pty."""
import contextlib, fcntl, os, pty, re, select, shutil, signal, struct, subprocess, tempfile, termios, time

import terminal as t
from terminal import DEADLINE, MPWATCH, Terminal, fail

SAMPLES = os.path.abspath(os.path.join(os.environ.get("MPW_SOURCE", os.path.join(t.HERE, "..", "..")), "samples"))
BUILT = os.path.abspath(os.path.join(os.environ.get("MPW_BUILD", "build/release"), "samples"))


@contextlib.contextmanager
def own_folder():
    """What fails leaves programs behind that still write in it."""
    folder = tempfile.mkdtemp(prefix="mpwatch-live-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(folder, **more):
    """No recordings or sockets of others, no CI."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MPWATCH", "XDG_", "TMUX"))}
    env.pop("CI", None)
    env.update(HOME=folder, XDG_RUNTIME_DIR=folder, TMPDIR=folder, LC_ALL="C.UTF-8", TERM="xterm-256color", HISTFILE="/dev/null", EDITOR="true", PAGER="true")
    env.update(more)
    return env


def has_terminal(pid):
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/tty" for fd in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


class Bash(Terminal):
    """A shell with job control."""

    def __init__(self, folder, w=80, h=24):
        self.folder = folder
        self.socket = os.path.join(folder, "tmux")
        self.count = 0
        path = os.path.dirname(MPWATCH) + ":" + os.environ["PATH"]
        subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", str(w), "-y", str(h), "-c", folder,
                        "bash --norc --noprofile -i"], env=environment(folder, PATH=path, TERM="screen"), check=True)
        self.line("export TERM=screen-256color PS1='rea''dy> '")
        self.wait("ready>")

    def window(self):
        """A second terminal of the same shell."""
        self.tmux("new-window", "-c", self.folder, "bash --norc --noprofile -i")
        self.line("export TERM=screen-256color PS1='rea''dy> '")
        self.wait("ready>")

    def go_to(self, window):
        self.tmux("select-window", "-t", str(window))

    def run(self, command):
        """Its end is `end-N=STATUS` on the screen."""
        self.count += 1
        self.line("clear")
        self.line(f"{command}; echo en''d-{self.count}=$?")

    def ended(self, status=0):
        return self.wait(f"end-{self.count}={status}")

    def screen_pid(self, command):
        """Of the screen's process: it is the child of mpwatch that is called mpwatch."""
        out = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], stdout=subprocess.PIPE, text=True).stdout
        rows = [line.split(None, 2) for line in out.splitlines() if f"mpwatch {command}" in line]
        pids = {row[0] for row in rows}
        # it has the terminal; other helpers do not
        children = [int(row[0]) for row in rows if row[1] in pids and has_terminal(row[0])]
        if len(children) != 1:
            fail(f"the screen's process of {command!r} is not to be found: {rows}")
        return children[0]


class Run:
    """mpwatch on a pty of its own, in the foreground of a session of its own."""

    def __init__(self, folder, *arguments, w=80, h=24, program=MPWATCH, **environ):
        gate, opened = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.close(opened)
            os.read(gate, 1)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python has changed it
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            os.execve(program, [program, *arguments], environment(folder, **environ)) if "/" in program else \
                os.execvpe(program, [program, *arguments], environment(folder, **environ))
        number = struct.unpack("I", fcntl.ioctl(self.fd, t.TIOCGPTN, b"\0\0\0\0"))[0]
        self.slave = os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY)
        self.modes = termios.tcgetattr(self.slave)
        t.set_size(self.fd, w, h)
        self.data = bytearray()
        os.close(gate)
        os.close(opened)

    def read(self, seconds):
        """False at the end. A pty gives 4 KiB at a time: of megabytes that would be many copies of bytes."""
        if not isinstance(self.data, bytearray):
            self.data = bytearray(self.data)
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                self.data += os.read(self.fd, 1 << 20)
            except OSError:
                return False
        return True

    def keys(self, keys):
        os.write(self.fd, keys)

    def wait(self, wanted):
        """Until the bytes have come; what came before them and they are taken out."""
        end = time.monotonic() + DEADLINE
        while wanted not in self.data:
            if time.monotonic() > end:
                fail(f"waited for {wanted!r}; there is {self.data[-2000:]!r}")
                return b""
            self.read(0.1)
        before, _, self.data = self.data.partition(wanted)
        return before + wanted

    def shows(self, wanted):
        """Until a whole new screen has the text: of changes only what differs is written."""
        end = time.monotonic() + DEADLINE
        self.data = bytearray()
        while wanted not in self.data:
            if time.monotonic() > end:
                fail(f"no {wanted!r} on the screen; there is {self.data[-2000:]!r}")
                return
            self.keys(b"\x0c")
            again = time.monotonic() + 0.3
            while wanted not in self.data and time.monotonic() < again:
                self.read(0.05)

    def end(self, limit=DEADLINE):
        """Wait status; all output is in data, the terminal as it was."""
        end, got = time.monotonic() + limit, -1
        while True:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > end:
                fail(f"does not end; there is {self.data[-2000:]!r}")
                os.kill(self.pid, 9)
                os.waitpid(self.pid, 0)
                status = None
                break
            if len(self.data) != got:  # it is at it
                end, got = time.monotonic() + limit, len(self.data)
            self.read(0.05)
        while select.select([self.fd], [], [], 0.05)[0] and self.read(0):
            pass
        self.data = bytes(self.data)
        if self.modes and termios.tcgetattr(self.slave) != self.modes:
            fail("the terminal's modes are not as before")
        os.close(self.slave)
        os.close(self.fd)
        return status


def behind_screen(data):
    """What is printed when the screen is gone. Its last bytes still belong to that."""
    return re.sub(rb"\A(\x1b\[23;0;0t)?\r?(\x1b\[\?1l\x1b>)?", b"", bytes(data).rpartition(b"\x1b[?1049l")[2])
