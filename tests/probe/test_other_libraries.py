#!/usr/bin/env python3
"""Programs with libraries of their own beside the probe: exceptions, sanitizers, preloads, an allocator, sandboxes, core dumps."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cli  # noqa: E402

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "extra")


def built(source, name, *flags):
    compiler = "c++" if source.endswith("pp") else "cc"
    if not shutil.which(compiler):
        raise cli.Skip("needs " + compiler)
    path = os.path.join(cli.SCRATCH, name)
    command = [compiler, "-D_GNU_SOURCE", "-g", "-o", path, os.path.join(SOURCES, source)] + list(flags) + ["-ldl", "-lpthread"]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode != 0:
        raise cli.Skip("cannot be built: " + " ".join(flags))
    return path


def without_pids(text):
    return re.sub(rb"==[0-9]+==|0x[0-9a-f]+|\(pid=[0-9]+\)|line [0-9]+: +[0-9]+", b"#", text)


def both(*command, **options):
    bare, seen = cli.run(*command, **options), cli.watched(*command, **options)
    cli.same("status of %r" % (command,), seen.returncode, bare.returncode)
    cli.same("output of %r" % (command,), seen.stdout, bare.stdout)
    cli.same("errors of %r" % (command,), without_pids(seen.stderr), without_pids(bare.stderr))
    return bare


def check_exceptions():
    result = both(built("exceptions.cpp", "exceptions", "-fnon-call-exceptions"))
    cli.same("output", result.stdout, b"caught 60 works 60 destroyed 80 child 0x700\n")


def check_sanitizers():
    for number, flags in enumerate((["-fsanitize=address"], ["-fsanitize=address", "-static-libasan"], ["-fsanitize=undefined"],
                                    ["-fsanitize=thread"])):
        try:
            program = built("sanitized.c", "sanitized%d" % number, *flags)
        except cli.Skip:
            continue
        # older sanitizers cannot live with addresses that are too random
        command = ["setarch", "-R", program] if shutil.which("setarch") else [program]
        cli.same("status", both(*command).returncode, 4)
        cli.same("with its mistake", both(*command, "1", "2").returncode, 4)
        if flags == ["-fsanitize=address"]: # a static one can be watched
            report = cli.watched(*command, flags=("-n",)).stderr.decode()
            cli.contains("report", report, "X001")
            cli.contains("report", report, "AddressSanitizer")


def check_own_preload():
    library = built("own_preload.c", "own_preload.so", "-shared", "-fPIC")
    script = ("import ctypes, os, subprocess, sys\n"
              "print(sum(p.endswith('own_preload.so') for p in os.environ['LD_PRELOAD'].split(':')))\n"
              "os.write(1, b'written\\n')\n"
              "print(ctypes.CDLL(%r).held_works())\n"
              "sys.exit(subprocess.call(['sh', '-c', 'echo from sh; exit 5']))" % library)
    result = both(sys.executable, "-S", "-c", script, env=cli.clean_environment(LD_PRELOAD=library))
    cli.same("status", result.returncode, 5)


def check_dlopened_library():
    library = built("own_preload.c", "opened.so", "-shared", "-fPIC")
    script = ("import ctypes, os, resource\n"
              "resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))\n"
              "for mode in (os.RTLD_NOW, os.RTLD_NOW | os.RTLD_GLOBAL, os.RTLD_NOW | os.RTLD_DEEPBIND):\n"
              "    library = ctypes.CDLL(%r, mode)\n"
              "    print(library.held_works(), sorted(int(fd) for fd in os.listdir('/proc/self/fd')))\n"
              "pid = os.fork()\n"
              "if pid == 0: os._exit(library.held_works())\n"
              "print(os.waitpid(pid, 0)[1])" % library)
    both(sys.executable, "-S", "-c", script)


def check_another_allocator():
    found = [p for p in ("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4")
             if os.path.exists(p)]
    if not found:
        raise cli.Skip("needs libjemalloc2")
    script = ("import multiprocessing as m, threading\n"
              "def f(x): return len(bytes(x))\n"
              "if __name__ == '__main__':\n"
              "    m.set_start_method('fork')\n"
              "    with m.Pool(3) as p: print(sum(p.map(f, range(2000), chunksize=7)))\n"
              "    ts = [threading.Thread(target=lambda: [bytes(n) for n in range(2000)]) for _ in range(8)]\n"
              "    [t.start() for t in ts]; [t.join() for t in ts]\n")
    path = os.path.join(cli.SCRATCH, "allocator.py")
    with open(path, "w") as file:
        file.write(script)
    for library in found:
        cli.same("output", both(sys.executable, path, env=cli.clean_environment(LD_PRELOAD=library)).stdout, b"1999000\n")


SANDBOX = ("bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--symlink",
           "usr/bin", "/bin", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp")


def check_sandbox_that_hides_the_library():
    if not shutil.which("bwrap") or cli.run(*SANDBOX, "true").returncode != 0:
        raise cli.Skip("needs bubblewrap")
    env = cli.clean_environment(PATH="/usr/bin:/bin")
    for more in ((), ("--unshare-all",)):
        result = both(*SANDBOX, *more, "sh", "-c", "ls /; sh -c 'exit 4'; echo $?; exit 3", env=env)
        cli.same("status", result.returncode, 3)
    report = cli.watched(*SANDBOX, "sh", "-c", "sleep 0.5", flags=("-n",), env=env).stderr.decode()
    if not cli.BUILD.startswith("/usr"):
        cli.contains("report", " ".join(report.split()), "a sandbox hides the probe")


def check_second_entry():
    """What `docker exec` does: a program that joins the namespaces of a running one."""
    if os.getuid() != 0 or not shutil.which("nsenter"):
        raise cli.Skip("needs root and nsenter")
    inside = subprocess.Popen(["unshare", "-pmf", "--mount-proc", "sh", "-c", "echo; exec sleep 60"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    children = []
    try:
        if inside.stdout.read(1) != b"\n":
            raise cli.Skip("unshare is not allowed here")
        children = cli.run("cat", "/proc/%d/task/%d/children" % (inside.pid, inside.pid)).stdout.split()
        cli.same("children", len(children), 1)
        result = both("nsenter", "-p", "-m", "-t", children[0].decode(), "sh", "-c", "ls / | wc -l; sh -c 'exit 4'; echo $?; exit 3")
        cli.same("status", result.returncode, 3)
    finally:
        for child in children:
            os.kill(int(child), 9)
        inside.wait()
        inside.stdout.close()


def check_core_dump():
    program = built("crash.c", "crash")
    with open("/proc/sys/kernel/core_pattern") as file:
        if file.read().strip() != "core":
            raise cli.Skip("cores do not go to a file here")
    sizes = []
    for name, flags in (("bare", []), ("seen", [cli.MPWATCH, "-n", "-qq", "--"])):
        here = os.path.join(cli.SCRATCH, name)
        os.mkdir(here)
        result = cli.run("sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", *flags, program, cwd=here)
        cli.same("status", result.returncode, -6)
        cores = [f for f in os.listdir(here) if f.startswith("core")]
        cli.same("cores", len(cores), 1)
        sizes.append(os.stat(os.path.join(here, cores[0])).st_blocks * 512)
    assert sizes[1] < sizes[0] + (1 << 20), "the core holds the shared memory: %r" % sizes


cli.main(sys.modules[__name__])
