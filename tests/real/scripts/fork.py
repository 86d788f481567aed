import errno
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time


def children():
    ends = []
    for n in range(10):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(r)
            os.write(w, b"%d" % (n * n))
            os._exit(n)
        os.close(w)
        ends.append((pid, r))
    for pid, r in ends:
        select.select([r], [], [], 5)
        print(os.read(r, 100), os.waitpid(pid, 0)[1] >> 8)
        os.close(r)


def descriptors():
    before = sorted(os.listdir("/proc/self/fd"))
    a, b = socket.socketpair()
    os.dup2(a.fileno(), 500)
    print("high", fcntl.fcntl(500, fcntl.F_GETFD), sorted(os.listdir("/proc/self/fd"), key=int)[-1])
    os.closerange(400, 600)
    a.close()
    b.close()
    print("same descriptors", before == sorted(os.listdir("/proc/self/fd")))
    try:
        os.close(500)
    except OSError as error:
        print(errno.errorcode[error.errno])


def signals():
    hits = []
    signal.signal(signal.SIGALRM, lambda *_: hits.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    r, w = os.pipe()
    while len(hits) < 5:
        select.select([r], [], [], 0.05)
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("alarms", len(hits) >= 5, [n for n in range(1, 32) if signal.getsignal(n) not in
                                     (signal.SIG_DFL, signal.SIG_IGN, None)])


def programs():
    print(subprocess.run(["sh", "-c", "cat; exit 4"], input=b"through a pipe\n", stdout=subprocess.PIPE))
    print(os.spawnlp(os.P_WAIT, "false", "false"), os.system("exit 6") >> 8)
    try:
        subprocess.run(["/does/not/exist"], check=False)
    except OSError as error:
        print(error)
    print(sorted(k for k in os.environ if k.startswith("MPW")))
    thread = threading.Thread(target=lambda: print(subprocess.check_output(["echo", "from a thread"])))
    thread.start()
    thread.join()
    # join() returns a moment before the kernel's thread is gone.
    end = time.time() + 5
    while len(os.listdir("/proc/self/task")) > 1 and time.time() < end:
        time.sleep(0.01)
    print("threads", threading.active_count(), len(os.listdir("/proc/self/task")))


for function in (children, descriptors, signals, programs):
    function()
    sys.stdout.flush()
print("to stderr", file=sys.stderr)
sys.exit(11)
