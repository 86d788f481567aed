"""Prints what a program can see of how it was started, to be compared between a bare and a watched run."""
import os
import resource

with open("/proc/self/status") as status:
    for line in status:
        if line.startswith(("Sig", "Shd", "Umask", "Seccomp", "NoNewPrivs", "Cpus_allowed:", "Groups", "Uid", "Gid")):
            if not line.startswith("SigQ"):
                print(line.strip())
for name in sorted(n for n in dir(resource) if n.startswith("RLIMIT_")):
    try:
        print(name, resource.getrlimit(getattr(resource, name)))
    except ValueError:
        pass
for fd in sorted(int(n) for n in os.listdir("/proc/self/fd")):
    try:
        print("fd", fd, os.readlink("/proc/self/fd/%d" % fd), os.get_inheritable(fd))
    except OSError:
        pass  # the one of the listing itself
print("nice", os.nice(0), "scheduler", os.sched_getscheduler(0), os.sched_getaffinity(0))
with open("/proc/self/oom_score_adj") as score:
    print("oom_score_adj", score.read().strip())
with open("/proc/self/timerslack_ns") as slack:
    print("slack", slack.read().strip())
print("cwd", os.getcwd(), "session is the parent's", os.getsid(0) == os.getsid(os.getppid()),
      "group is the parent's", os.getpgrp() == os.getpgid(os.getppid()))
for name, value in sorted(os.environ.items()):
    if name not in ("LD_PRELOAD", "_"):
        print(name, value)
