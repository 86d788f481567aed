#!/usr/bin/env python3
"""Places where things are missing: pid 1, no HOME, other users, small limits, full disks, read-only roots."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cli import BUILD, MPWATCH, SCRATCH, Skip, clean_environment, contains, main, run, same, watched


def needs_root(*tools):
    if os.getuid() != 0:
        raise Skip("needs root")
    for tool in tools:
        if not shutil.which(tool):
            raise Skip("needs " + tool)


def unshared(script, *flags):
    needs_root("unshare")
    if run("unshare", "-pmf", "--mount-proc", "true").returncode != 0:
        raise Skip("unshare is not allowed here")
    return run("unshare", "-pmf", *flags, "sh", "-c", script, env=clean_environment(MPWATCH_PATH=None, M=MPWATCH, S=SCRATCH))


def check_pid_1():
    same("status", unshared('exec "$M" -n -qq sh -c "exit 7"', "--mount-proc").returncode, 7)
    same("killed", unshared('exec "$M" -n -qq sh -c "kill -TERM \\$\\$"', "--mount-proc").returncode, 143)
    text = unshared('exec "$M" -n sh -c "(sleep 0.2 & exec true) ; ls / | cat >/dev/null; sleep 0.5"', "--mount-proc").stderr.decode()
    contains("report", text, "exit status 0")
    # the parent's /proc: pids there are not ours
    same("with a /proc of another namespace", unshared('exec "$M" -n -qq sh -c "true; exit 5"').returncode, 5)


def check_inner_namespace():
    needs_root("unshare")
    result = watched("unshare", "-pmf", "--mount-proc", "sh", "-c", "true; ls / | cat > /dev/null; exit 9")
    if result.returncode == 1 and b"unshare" in result.stderr:
        raise Skip("unshare is not allowed here")
    same("status", result.returncode, 9)


def check_no_home():
    for env in (clean_environment(HOME=None), clean_environment(HOME=""), clean_environment(HOME="/nonexistent/home"),
                clean_environment(HOME="/dev/null"), {}):
        result = run(MPWATCH, "-n", "/bin/sh", "-c", "exit 3", env=env)
        same("status", result.returncode, 3)
        contains("report", result.stderr.decode(), "exit status 3")


def check_other_user():
    needs_root("setpriv")
    for arguments in (["--reuid=65534", "--regid=65534", "--clear-groups"], ["--reuid=54321", "--regid=54321", "--clear-groups"]):
        result = run("setpriv", *arguments, MPWATCH, "-n", "sh", "-c", "ls / | cat >/dev/null; exit 3", cwd="/")
        same("status", result.returncode, 3)
        if b"X001" in result.stderr:
            raise AssertionError(result.stderr.decode())
    # the program changes its user itself: its children come through the socket
    result = watched("setpriv", "--reuid=54321", "--clear-groups", "sh", "-c", "true; /bin/true; exit 6", flags=("-n",), cwd="/")
    same("status", result.returncode, 6)
    if b"X001" in result.stderr:
        raise AssertionError(result.stderr.decode())


def limited(limit, script="true; ls / | cat > /dev/null; exit 3"):
    bare = run("sh", "-c", "%s; exec sh -c '%s'" % (limit, script))
    seen = run("sh", "-c", "%s; exec %s -n -qq -- sh -c '%s'" % (limit, MPWATCH, script))
    return bare, seen


def check_few_descriptors():
    for count in (64, 16, 8, 6, 5, 4):
        bare, seen = limited("ulimit -n %d" % count, "exit 3")
        same("status with ulimit -n %d (%s)" % (count, seen.stderr), seen.returncode, bare.returncode)


def check_small_address_space():
    for kib in (2000000, 200000, 60000, 30000):
        bare, seen = limited("ulimit -v %d" % kib)
        same("status with ulimit -v %d (%s)" % (kib, seen.stderr), seen.returncode, bare.returncode)


def check_small_files():
    for blocks in (0, 1, 8):
        bare, seen = limited("ulimit -f %d" % blocks, "exit 3")
        same("status with ulimit -f %d (%s)" % (blocks, seen.stderr), seen.returncode, bare.returncode)


def check_no_more_processes():
    needs_root("setpriv")
    if run("setpriv", "--reuid=54322", "--clear-groups", "test", "-x", MPWATCH, cwd="/").returncode != 0:
        raise Skip("this build is in a folder that other users may not enter")
    script = "ulimit -u 1; exec %s -n -qq true" % MPWATCH
    result = run("setpriv", "--reuid=54322", "--clear-groups", "sh", "-c", script, cwd="/")
    same("status", result.returncode, 0)


def check_read_only_root():
    script = 'mount -o remount,bind,ro "$S" 2>/dev/null; mount --bind "$S" "$S" && mount -o remount,bind,ro "$S" && ' \
        'cd "$S" && HOME="$S" "$M" -n sh -c "exit 4"'
    result = unshared(script, "--mount-proc")
    same("status (%s)" % result.stderr, result.returncode, 4)
    contains("report", result.stderr.decode(), "exit status 4")


def check_full_disk():
    script = 'mkdir -p "$S/small" && mount -t tmpfs -o size=64k none "$S/small" && cd "$S/small" && ' \
        '(head -c 60000 /dev/zero > fill; true) && HOME="$S/small" "$M" -n --record="$S/small/x.mpw" sh -c ' \
        '"i=0; while [ \\$i -lt 400 ]; do i=\\$((i+1)); ls / | cat >/dev/null; done; exit 4"'
    result = unshared(script, "--mount-proc")
    same("status (%s)" % result.stderr, result.returncode, 4)


def check_full_shm():
    script = 'mount -t tmpfs -o size=64k none /dev/shm && (head -c 100000 /dev/zero > /dev/shm/fill 2>/dev/null; ' \
        '"$M" -n sh -c "ls / | cat >/dev/null; exit 4")'
    result = unshared(script, "--mount-proc")
    same("status (%s)" % result.stderr, result.returncode, 4)
    if b"X001" in result.stderr or b"X002" in result.stderr:
        raise AssertionError(result.stderr.decode())


def check_no_proc():
    script = 'umount -l /proc; "$M" -n sh -c "ls / | cat >/dev/null; exit 4"'
    result = unshared(script)
    same("status (%s)" % result.stderr, result.returncode, 4)


def check_path_with_a_blank():
    here = os.path.join(SCRATCH, "a place: with blanks")
    shutil.copytree(os.path.join(BUILD, "lib"), here + "/lib")
    os.mkdir(here + "/bin")
    shutil.copy(MPWATCH, here + "/bin/mpwatch")
    result = run(here + "/bin/mpwatch", "-n", "-qq", "sh", "-c", "exit 4")
    same("status", result.returncode, 4)
    contains("message", result.stderr.decode(), "blank")


def check_library_is_missing():
    here = os.path.join(SCRATCH, "alone")
    os.mkdir(here)
    shutil.copy(MPWATCH, here + "/mpwatch")
    result = run(here + "/mpwatch", "-n", "-qq", "sh", "-c", "exit 4")
    same("status", result.returncode, 4)
    contains("message", result.stderr.decode(), "libmpwatch.so was not found")
    result = run(here + "/mpwatch", "-n", "--require-probe", "sh", "-c", "exit 4")
    same("--require-probe", result.returncode, 125)


def check_older_kernels():
    """Test switches turn off what older kernels do not have: the results are the same."""
    script = "ls / | cat >/dev/null; sh -c 'kill -9 $$'; sh -c 'exit 3'; exit 4"
    for switches in ("no-tsc", "no-pidfd-info", "no-pidfd", "no-tsc,no-pidfd"):
        result = run(MPWATCH, "-n", "sh", "-c", script, env=clean_environment(MPWATCH_TEST=switches))
        same("status", result.returncode, 4)
        contains(switches, result.stderr.decode(), "SIGKILL")


def check_static_program():
    static = os.path.join(BUILD, "samples", "static_program")
    if not os.access(static, os.X_OK):
        raise Skip("no static program was built")
    result = run(MPWATCH, "-n", static)
    same("status", result.returncode, run(static).returncode)
    contains("report", result.stderr.decode(), "X001")
    same("--require-probe", run(MPWATCH, "-n", "--require-probe", static).returncode, 125)
    result = run(MPWATCH, "-n", "sh", "-c", "'%s'; '%s' >/dev/null; sleep 0.1" % (static, static))
    same("status", result.returncode, 0)


main(sys.modules[__name__])
