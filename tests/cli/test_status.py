#!/usr/bin/env python3
"""The program's exit status and signals come through; mpwatch's own failures have statuses and words of their own."""
import os
import signal
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cli import MPWATCH, SCRATCH, clean_environment, contains, main, run, same, watched


def check_every_exit_status():
    for status in range(256):
        same("exit %d" % status, watched("sh", "-c", "exit %d" % status).returncode, status)


def check_every_signal():
    harmless = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH}
    stops = {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
    for number in range(1, 65):
        if number in harmless | stops or number in (32, 33):
            continue
        script = "import os, signal; signal.pthread_sigmask(signal.SIG_UNBLOCK, [%d])\n" \
            "if %d != 9: signal.signal(%d, signal.SIG_DFL)\nos.kill(os.getpid(), %d)" % ((number,) * 4)
        bare = run("python3", "-S", "-c", script).returncode
        same("bare signal %d" % number, bare, -number)
        same("signal %d" % number, watched("python3", "-S", "-c", script).returncode, bare)


def check_no_core_of_our_own():
    here = os.path.join(SCRATCH, "cores")
    os.mkdir(here)
    watched("sh", "-c", "ulimit -c 0; kill -SEGV $$", cwd=here)
    same("files left by a crash", os.listdir(here), [])


def expect(status, words, *arguments, **options):
    result = run(MPWATCH, *arguments, **options)
    errors = result.stderr.decode(errors="replace")
    same("status of %r" % (arguments,), result.returncode, status)
    contains("message of %r" % (arguments,), errors, words)
    same("output of %r" % (arguments,), result.stdout, b"")
    return errors


def check_wrong_use():
    same("lines of the short help", expect(125, "usage: mpwatch").count("\n") <= 11, True)
    expect(125, "Did you mean --quiet ?", "--quite", "true")
    expect(125, "unknown option -Z", "-Z", "true")
    expect(125, "unknown option --blarg", "--blarg", "true")
    expect(125, "needs a value", "--json")
    expect(125, "takes no value", "--quiet=3", "true")
    expect(125, "not available in this version", "--html", "x.html", "true")
    expect(125, "no screen here: there is no terminal", "--ui", "tui", "true")
    expect(125, "must be", "--ui", "window", "true")
    expect(125, "must be", "--on-exit", "never", "true")
    expect(125, "must be", "--refresh", "1ms", "true")
    expect(125, "needs a name", "--session", "../x", "true")
    expect(125, "must be", "--wait", "nobody", "true")
    expect(125, "must be", "--stacks=deep", "true")
    expect(125, "must be", "--color", "blue", "true")
    expect(125, "must be a number", "--fail-status", "0", "true")
    expect(125, "must be a number", "--width", "7", "true")
    expect(125, "--fail-on", "--fail-on", "NONSENSE", "true")
    expect(125, "--ignore", "--ignore", "@x", "true")
    expect(125, "which program?", "-n")
    expect(125, "which program?", "record")
    expect(125, "cannot write the report", "-o", "/nonexistent/report", "true")
    expect(125, "cannot write the JSON", "--json", "/nonexistent/json", "true")
    expect(125, "cannot write the recording", "record", "-o", "/nonexistent/x.mpw", "true")
    expect(125, "not a regular file", "record", "-o", "/dev/null", "true")
    expect(125, "MPWATCH_OPTS", "true", env=clean_environment(MPWATCH_OPTS="-n true"))


def check_programs_that_cannot_run():
    def file(name, text, mode):
        path = os.path.join(SCRATCH, name)
        with open(path, "w") as out:
            out.write(text)
        os.chmod(path, mode)
        return path
    expect(127, "not found in PATH", "no-such-program-here")
    expect(127, "there is no such program", "/no/such/program")
    expect(127, "an empty name", "--", "")
    expect(127, "Did you mean the verb: mpwatch report ?", "reprot", "x.mpw")
    expect(126, "is a directory", SCRATCH)
    script = file("prog.py", "print(1)\n", 0o644)
    expect(126, "Did you mean: mpwatch python3 %s ?" % script, script)
    expect(126, "chmod +x", file("prog", "x", 0o644))
    expect(126, "interpreter or loader is missing", file("lost", "#!/no/such/interpreter\n", 0o755))
    garbage = file("garbage", "\177ELF not at all", 0o755)
    same("a damaged program", run(MPWATCH, "-n", "-qq", garbage).returncode in (2, 126, 127), True)
    # as execvp: without a first line it is the shell's
    plain = file("plain", "exit $#\n", 0o755)
    same("script without #!", watched(plain, "a", "b").returncode, 2)
    os.remove(script)


def check_names_cannot_write_on_the_terminal():
    errors = expect(127, "not found", "bad\x1b[2J\x07\nname")
    for forbidden in "\x1b\x07":
        same("control character in a message", forbidden in errors, False)
    same("lines", errors.count("\n"), 1)


def check_nobody_listens():
    read, write = os.pipe()
    os.close(read)
    result = run(MPWATCH, "-n", "--", "true", stderr=write)
    os.close(write)
    same("report into a closed pipe", result.returncode, 0)
    same("standard descriptors closed", run("sh", "-c", 'exec "$0" -n true <&- >&- 2>&-', MPWATCH).returncode, 0)


def check_verbs_and_help():
    same("--help", run(MPWATCH, "--help").returncode, 0)
    same("-h before the program", run(MPWATCH, "-q", "-h", "false").returncode, 0)
    same("-h of the program", watched("sh", "-c", "test \"$1\" = -h", "x", "-h").returncode, 0)
    contains("--version", run(MPWATCH, "--version").stdout.decode(), "mpwatch ")
    report = os.path.join(SCRATCH, "report")
    with open(report, "w") as out:
        out.write("#!/bin/sh\nexit 5\n")
    os.chmod(report, 0o755)
    same("a program called like a verb", run(MPWATCH, "run", "-n", "-qq", "report",
         env=clean_environment(PATH=SCRATCH + ":" + os.environ["PATH"])).returncode, 5)


def check_options_from_the_environment():
    env = clean_environment(MPWATCH_OPTS="-n -o '%s/from opts'" % SCRATCH)
    same("status", run(MPWATCH, "true", env=env).returncode, 0)
    with open(SCRATCH + "/from opts") as report:
        contains("report", report.read(), "No findings.")


def check_nested():
    result = run(MPWATCH, "-n", "-qq", MPWATCH, "-n", "sh", "-c", "exit 3")
    same("status", result.returncode, 3)
    contains("message", result.stderr.decode(), "already watched by session")


def check_without_stacks():
    """Then Python is watched from outside, as was asked for: no note about its version."""
    script = "import multiprocessing as mp\nif __name__ == '__main__':\n with mp.Pool(1) as pool: pool.map(len, ['x'])\n"
    result = watched("python3", "-c", script, flags=("-n", "--stacks=off"))
    same("status", result.returncode, 0)
    contains("report", result.stderr.decode(), "No findings.")


def check_disabled():
    result = run(MPWATCH, "sh", "-c", "echo $LD_PRELOAD; exit 4", env=clean_environment(MPWATCH_DISABLE="1"))
    same("status and output", (result.returncode, result.stdout, result.stderr), (4, b"\n", b""))


def check_the_last_runs_are_kept():
    state = os.path.join(SCRATCH, "state")
    env = clean_environment(XDG_STATE_HOME=state)
    for _ in range(7):
        run(MPWATCH, "-n", "-qq", "true", env=env)
    kept = os.listdir(state + "/mpwatch")
    same("runs kept", len(kept), 5)
    for name in kept:
        same("mode", stat.S_IMODE(os.stat(state + "/mpwatch/" + name).st_mode), 0o600)
    same("mode of the folder", stat.S_IMODE(os.stat(state + "/mpwatch").st_mode), 0o700)
    contains("report --last", run(MPWATCH, "report", "--last", env=env).stdout.decode(), "No findings.")
    env = clean_environment(XDG_STATE_HOME=state + "2")
    run(MPWATCH, "-n", "-qq", "--no-save", "true", env=env)
    same("--no-save", os.path.exists(state + "2"), False)


def check_github():
    script = os.path.join(SCRATCH, "git,hub%.py")
    with open(script, "w") as out:
        out.write("import multiprocessing as m, os\ndef w():\n    os.kill(os.getpid(), 11)\n"
                  "m.set_start_method('fork')\np = m.Process(target=w, name='a\\nb')\np.start()\np.join()\n")
    for flags, env in ((("--github",), clean_environment(GITHUB_ACTIONS=None)), ((), clean_environment(GITHUB_ACTIONS="true"))):
        result = run(MPWATCH, "-n", *flags, "python3", "git,hub%.py", cwd=SCRATCH, env=env)
        last = [line for line in result.stderr.decode().splitlines() if line.startswith("::")]
        same("lines", len(last), 1)
        contains("line", last[0], "::error file=git%2Chub%25.py,line=3,title=MPW-B004::`")
        replayed = run(MPWATCH, "report", "--github", "--last", env=env)
        same("of the recording", replayed.stdout.decode().splitlines(), last)
    result = run(MPWATCH, "-n", "--github", "true")
    same("no findings, no lines", [line for line in result.stderr.decode().splitlines() if line.startswith("::")], [])


def check_report_equals_replay():
    file, live = SCRATCH + "/replay.mpw", SCRATCH + "/live.txt"
    run(MPWATCH, "-n", "--record=" + file, "-o", live, "sh", "-c", "ls / | cat >/dev/null; true")
    with open(live, "rb") as report:
        same("replay", run(MPWATCH, "report", file).stdout, report.read())


main(sys.modules[__name__])
