#!/usr/bin/env python3
"""The program finds the world as in a bare run: descriptors, limits, signals, streams; and nothing is left behind."""
import os
import re
import signal
import subprocess
import sys
import time

SUPPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")
sys.path.insert(0, SUPPORT)
from cli import MPWATCH, SCRATCH, clean_environment, contains, main, run, same, watched

WORLD = ["python3", "-S", "-B", os.path.join(SUPPORT, "world.py")]


def both(*command, **options):
    bare, seen = run(*command, **options), watched(*command, **options)
    for stream in ("stdout", "stderr"):
        one, other = getattr(bare, stream), getattr(seen, stream)
        if one is not None and one != other:
            lines = zip(one.splitlines(), other.splitlines())
            raise AssertionError("%s of %r differs: %r" % (stream, command, [p for p in lines if p[0] != p[1]][:5]))
    same("status of %r" % (command,), seen.returncode, bare.returncode)
    return seen


def check_world():
    output = os.path.join(SCRATCH, "out")
    texts = []
    for flags in ([], [MPWATCH, "-n", "-qq", "--"]):
        with open(output, "wb") as out:
            run(*flags, *WORLD, stdout=out, stderr=out)
        with open(output) as text:
            texts.append(text.read())
    same_lines("world", texts[1], texts[0])
    same("something was printed", "SigIgn" in texts[0] and "RLIMIT_NOFILE" in texts[0], True)


def same_lines(what, got, expected):
    got, expected = got.splitlines(), expected.splitlines()
    same(what, [line for line in got if line not in expected], [line for line in expected if line not in got])
    same(what + ", number of lines", len(got), len(expected))


def in_shell(prelude):
    """The world after a shell has changed it."""
    texts = []
    for flags in ("", "%s -n -qq -- " % MPWATCH):
        text = run("sh", "-c", "%s; %s%s" % (prelude, flags, " ".join(WORLD))).stdout.decode()
        texts.append(re.sub(r"pipe:\[[0-9]+\]", "pipe", text))
    same_lines("world after " + prelude, texts[1], texts[0])
    same("something was printed", "SigIgn" in texts[0], True)


def check_changed_worlds():
    in_shell("trap '' HUP TERM CHLD PIPE USR1 XFSZ TSTP")
    in_shell("ulimit -S -n 300")
    in_shell("ulimit -S -n 64; ulimit -c 0; umask 077")
    in_shell("exec 7</dev/null 9>/dev/null")
    in_shell("cd /; exec 5>&1")


def check_nice_and_oom():
    for flags in ([], [MPWATCH, "-n", "-qq", "--"]):
        text = run("nice", "-n", "7", *flags, *WORLD).stdout.decode()
        same("nice", "nice %d " % min(os.nice(0) + 7, 19) in text, True)


def check_blocked_signals():
    def block():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGCHLD, signal.SIGINT, signal.SIGRTMIN])
    same("world", watched(*WORLD, preexec_fn=block).stdout.replace(b" ", b"") != b"", True)
    bare = run(*WORLD, preexec_fn=block).stdout.decode().splitlines()
    seen = watched(*WORLD, preexec_fn=block).stdout.decode().splitlines()
    interesting = [[line for line in text if line.startswith("Sig")] for text in (bare, seen)]
    same("signals", interesting[1], interesting[0])


def check_streams():
    data = os.urandom(3 << 20)
    seen = both("sh", "-c", "cat; echo to stderr >&2; exit 9", input=data, stdin=None)
    same("bytes", seen.stdout == data, True)
    both("sh", "-c", "seq 1 200000 | sort -rn | tail -3; ls /nonexistent")
    both("python3", "-c", "import sys; print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty())")


def check_closed_streams():
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        out = os.path.join(SCRATCH, "fds")
        texts = []
        for flags in ("", "%s -n -qq -- " % MPWATCH):
            run("sh", "-c", "%sls -l /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 %s; %spython3 -S -c '"
                "import os; f = os.open(\"%s\", os.O_CREAT | os.O_WRONLY | os.O_TRUNC); os.write(f, str(f).encode())' %s"
                % ("true || ", "", flags, out, closed))
            with open(out) as text:
                texts.append(text.read())
        same("first free descriptor with %s" % closed, texts[1], texts[0])


def processes():
    return {int(n) for n in os.listdir("/proc") if n.isdigit()}


def mentions_us():
    found = []
    for pid in processes():
        try:
            with open("/proc/%d/comm" % pid) as comm:
                if comm.read().strip() != "mpwatch":
                    continue
            with open("/proc/%d/environ" % pid, "rb") as environ: # others may be running tests, too
                if SCRATCH.encode() in environ.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def check_nothing_left_behind():
    before, shm, tmp = mentions_us(), set(os.listdir("/dev/shm")), set(os.listdir(SCRATCH))
    os.environ["TMPDIR"] = SCRATCH
    watched("sh", "-c", "exit 0")
    watched("sh", "-c", "kill -KILL $$")
    run(MPWATCH, "-n", "/nonexistent")
    process = subprocess.Popen([MPWATCH, "-n", "-qq", "sleep", "20"], env=clean_environment())
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    same("terminated", process.wait(10), -signal.SIGTERM)
    same("processes", [p for p in mentions_us() if p not in before], [])
    same("shared memory", [n for n in set(os.listdir("/dev/shm")) - shm if "mpwatch" in n], [])
    same("files", [n for n in set(os.listdir(SCRATCH)) - tmp if n.startswith("mpwatch")], [])


def check_killed_supervisor():
    """kill -9 of mpwatch: the program goes on to its end with the same result."""
    out = os.path.join(SCRATCH, "survivor")
    script = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); /bin/true | cat; sleep 0.02; done; echo done > '%s'" % out
    process = subprocess.Popen([MPWATCH, "-n", "-qq", "sh", "-c", script], env=clean_environment())
    time.sleep(0.3)
    process.kill()
    process.wait()
    for _ in range(100):
        if os.path.exists(out):
            return
        time.sleep(0.1)
    raise AssertionError("the program did not come to its end")


def check_program_that_outlives_its_first_process():
    begin = time.time()
    result = watched("sh", "-c", "(sleep 3; :) >/dev/null 2>&1 & exit 6")
    same("status", result.returncode, 6)
    same("returns with the first process", time.time() - begin < 2, True)
    result = watched("sh", "-c", "sleep 2 >/dev/null 2>&1 & exit 6", flags=("-n",))
    contains("message", result.stderr.decode(), "no longer watched")
    begin = time.time()
    result = watched("sh", "-c", "(sleep 1; :) >/dev/null 2>&1 & exit 6", flags=("-n", "-qq", "--wait=tree"))
    same("status", result.returncode, 6)
    same("--wait=tree waits", time.time() - begin >= 1, True)


main(sys.modules[__name__])
