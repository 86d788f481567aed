#!/usr/bin/env python3
"""The library exports exactly the rows of calls.def, and every libc function of the watched families has a row."""
import os
import re
import subprocess
import sys

build = os.environ.get("MPW_BUILD", "build/release")
source = os.environ.get("MPW_SOURCE", ".")

# Names of the families of calls.def, as libc exports them (public versions only).
FAMILIES = re.compile(
    r"^(__)?(_?fork|vfork|clone|posix_spawnp?|exec(l|v|le|lp|vp|ve|vpe|veat)|fexecve|system|popen|pclose|daemon|"
    r"close|closefrom|close_range|dup[23]?|pipe2?|socket|socketpair|accept4?|connect|open(at)?(64)?(_2)?|open_by_handle_at|"
    r"open_tree|creat(64)?|fopen(64)?|fclose|opendir|closedir|tmpfile(64)?|mko?stemp(64)?|fcntl(64)?|"
    r"epoll_\w+|eventfd\w*|timerfd_\w+|signalfd|memfd_create|pidfd_\w+|inotify_\w+|fanotify_\w+|openpty|forkpty|"
    r"p?readv?(64)?(v2|64v2)?(_chk)?|p?writev?(64)?(v2|64v2)?|send(to|msg|mmsg|file(64)?)?|recv(from|msg|mmsg)?(_chk)?|"
    r"splice|tee|vmsplice|copy_file_range|readahead|p?poll(_chk)?|p?select|nanosleep|clock_nanosleep|u?sleep|pause|"
    r"sigsuspend|sigwait|sigwaitinfo|sigtimedwait|wait|wait3|wait4|waitpid|waitid|flock|lockf(64)?|"
    r"shm_\w+|shm(get|at|dt|ctl)|mmap(64)?|munmap|mremap|f?truncate(64)?|posix_fallocate(64)?|"
    r"mq_\w+|msg(get|snd|rcv|ctl)|sem_\w+|sem(op|get|ctl|timedop)|"
    r"pthread_join|pthread_(timed|clock)join_np|pthread_barrier_wait|pthread_mutex_(?!\w*_np$)\w+|pthread_rwlock_\w+|pthread_cond_\w+|"
    r"kill|killpg|tgkill|sigqueue|raise|_?exit|_Exit|quick_exit|prctl|syscall|unshare|setns|readdir(64)?(_r)?|readlink(at)?(_chk)?)$")

# Exported for another reason than a row of the table.
EXTRA = {"__asan_default_options"}


def rows():
    text = open(os.path.join(source, "src/wire/calls.def")).read()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    watched = set(re.findall(r"^CALL\(\w+,\s*\w+,\s*[\w *]+,\s*(?:\(void \*\))?[-\w]+,\s*(\w+),", text, re.M))
    watched |= set(re.findall(r"^HAND\(\w+,\s*(\w+),", text, re.M))
    skipped = set(re.findall(r"^SKIP\((\w+),", text, re.M))
    lines = len(re.findall(r"^(?:CALL|HAND|SKIP)\(", text, re.M))
    return watched, skipped, lines


def exported(path):
    names = set()
    for line in subprocess.check_output(["nm", "-D", "--defined-only", path], text=True).splitlines():
        kind, name = line.split()[-2:]
        if kind in "TWi" and "GLIBC_PRIVATE" not in name:
            names.add(name.split("@")[0])
    return names


def libc():
    out = subprocess.check_output(["ldd", os.path.join(build, "lib/mpwatch/libmpwatch.so")], text=True)
    return re.search(r"(/\S+/libc\.so\.6)", out).group(1)


def layout(path):
    """Each further mapping or page costs every process of the tree some microseconds (probes/layout.ld)."""
    loads = re.findall(r"^ +LOAD +(.*)", subprocess.check_output(["readelf", "-lW", path], text=True), re.M)
    wrong = []
    if len(loads) != 2:
        return ["%d mappings of the file, not 2" % len(loads)]
    at, _, _, in_file, in_memory = [int(word, 16) for word in loads[1].split()[:5]]
    if at % 4096 or in_file % 4096:
        wrong.append("what can be written does not fill its pages: ld.so has to touch one more")
    if in_memory - in_file != 4096:
        wrong.append("%d bytes are not in the file, not just the page that fork wipes" % (in_memory - in_file))
    return wrong


def main():
    watched, skipped, lines = rows()
    failures = []
    if len(watched) + len(skipped) != lines:
        failures.append("%d rows, but %d names: a row is double or not understood" % (lines, len(watched) + len(skipped)))
    ours = exported(os.path.join(build, "lib/mpwatch/libmpwatch.so")) - EXTRA
    failures += ["exported without a row: " + n for n in sorted(ours - watched)]
    failures += ["a row that is not exported: " + n for n in sorted(watched - ours)]
    known = watched | skipped
    family = {n for n in exported(libc()) if FAMILIES.match(n)}
    failures += ["libc has %s: intercept it or SKIP it with a reason" % n for n in sorted(family - known)]
    if len(family) < 150:
        failures.append("only %d libc functions looked at: the pattern is broken" % len(family))
    failures += layout(os.path.join(build, "lib/mpwatch/libmpwatch.so"))
    print("\n".join(failures) or "%d watched, %d skipped, %d libc names covered" % (len(watched), len(skipped), len(family)))
    return 1 if failures else 0


sys.exit(main())
