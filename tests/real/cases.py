"""The table of foreign programs for run.py: one row per case, and what of their output is comparable at all."""
import glob
import os
import re
import shutil
import xml.etree.ElementTree

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ECOSYSTEM = os.path.join(SOURCE, "samples", "ecosystem")
SCRIPTS = os.path.join(SOURCE, "tests", "real", "scripts")


class Case(object):
    """name, what; command: a shell text or an argument list, run in an empty folder that `setup` filled.
    normal: text -> text, takes away what differs between any two runs. result: folder -> text, compared too.
    status: what a bare run must end with (must_work False: whatever it ends with).
    seen: report -> problem or None: what the JSON report of the watched run has to hold."""

    def __init__(self, name, what, command, setup="", needs=(), normal=None, result=None, status=0, must_work=True,
                 seconds=120, long=False, seen=None):
        self.name, self.what, self.setup, self.needs = name, what, setup, needs
        self.command = ["bash", "-c", command] if isinstance(command, str) else command
        self.normal, self.result = normal or (lambda text: text), result
        self.status, self.must_work, self.seconds, self.long, self.seen = status, must_work, seconds, long, seen

    def missing(self):
        for need in self.needs:
            if not (glob.glob(need) if need.startswith("/") else shutil.which(need)):
                return need
        return None


def sorted_lines(text):
    return "\n".join(sorted(text.splitlines()))


def without_job_pids(text):
    """bash names the pid of a killed job."""
    return re.sub(r"(line \d+: +)\d+ ", r"\1PID ", text)


def stress_ng_verdicts(text):
    """Which stressors passed or failed; times, pids and the machine's state are left out."""
    verdicts = re.findall(r"(?:info|fail|error|warn):.*?\] (.*(?:passed|failed|skipped|untrustworthy|unsuccessful|successful run|"
                          r"not ok|mismatch).*)", text)
    return "\n".join(re.sub(r"\d+\.\d+ ?s\w*|\d+ secs?", "N", line) for line in verdicts)


def files_in(folder):
    """Names, sizes and contents' sums of all files: what a build produced."""
    import hashlib
    lines = []
    for path in sorted(glob.glob(os.path.join(folder, "**"), recursive=True)):
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                lines.append("%s %s" % (os.path.relpath(path, folder), hashlib.sha256(stream.read()).hexdigest()[:16]))
    return "\n".join(lines)


def junit_outcomes(folder):
    """Each test of CPython's test suite and how it ended. "" when there is no result at all, which fails the case."""
    path = os.path.join(folder, "junit.xml")
    if not os.path.exists(path):
        return ""
    lines = []
    for test in xml.etree.ElementTree.parse(path).iter("testcase"):
        kinds = [child.tag for child in test if child.tag in ("failure", "error", "skipped")]
        lines.append("%s %s" % (test.get("name"), kinds[0] if kinds else "ok"))
    return "\n".join(sorted(lines))


def python_case(name, python, arguments, long=False, seconds=900):
    return Case(name, "CPython's own tests: " + arguments, "%s -m test --junit-xml junit.xml %s >all.log 2>&1" %
                (python, arguments), needs=(python,), result=junit_outcomes, must_work=False, long=long, seconds=seconds)


def tests_present(python, arguments):
    """Without the files of tests that this installation was made without."""
    folder = os.path.join(os.path.dirname(os.path.dirname(python)), "lib", "python3.*", "test")
    return " ".join(word for word in arguments.split()
                    if not word.startswith("test_") or glob.glob(os.path.join(folder, word)) + glob.glob(os.path.join(folder, word + ".py"))
                    or ("-m " + word) in arguments)


def stress_case(stressor, seconds=2):
    return Case("stress_" + stressor, "stress-ng --%s 2 --verify" % stressor,
                "stress-ng --%s 2 --timeout %d --verify" % (stressor, seconds), needs=("stress-ng",),
                normal=stress_ng_verdicts)


def script(name, program, what, needs=(), **more):
    return Case(name, what, "%s %s/%s" % (program, SCRIPTS, more.pop("file")), needs=(program,) + tuple(needs), **more)


def library_case(name, package, what, workers, messages, tasks=None):
    """A program of samples/ecosystem: its workers and messages must be in the report, and so many calls of a function as tasks."""
    def seen(report):
        found = len([w for w in report["workers"] if w["name"] != "main"])
        moved = sum(c["messages_in"] or 0 for c in report["channels"])
        if found < workers or moved < messages:
            return "%d workers and %d messages are in the report, expected %d and %d" % (found, moved, workers, messages)
        calls = {t["function"]: t["calls"] for t in report["tasks"]}
        if tasks and calls.get(tasks[0], 0) < tasks[1]:
            return "tasks %r are in the report, expected %d calls of %s" % (calls, tasks[1], tasks[0])
        if report["findings"]:
            return "a finding in a healthy program: %s" % report["findings"][0]["title"]
        return None
    return Case(name, what, "/usr/bin/python3 %s/%s.py" % (ECOSYSTEM, name),
                needs=("/usr/lib/python3/dist-packages/" + package,), seen=seen)


MAKE_PROJECT = r"""
for i in $(seq 1 16); do
    { echo '#include <stdio.h>'; echo '#include <stdlib.h>'; echo '#include <string.h>'
      for j in 1 2 3 4 5 6; do echo "int f_${i}_$j(int x) { char b[64]; snprintf(b, sizeof b, \"%d\", x + $i * $j); return atoi(b); }"; done
    } >part$i.c
done
{ echo '#include <stdio.h>'; for i in $(seq 1 16); do echo "int f_${i}_1(int);"; done
  echo 'int main(void) { int s = 0;'; for i in $(seq 1 16); do echo "s += f_${i}_1(s);"; done; echo 'printf("%d\n", s); return 0; }'; } >main.c
printf 'objects := main.o $(patsubst %%,part%%.o,$(shell seq 1 16))\nall: program\n\t@./program\nprogram: $(objects)\n\t$(CC) -o $@ $^\n%%.o: %%.c\n\t$(CC) -O2 -g -c -o $@ $<\n' >Makefile
"""

GIT_PROJECT = """
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
git init -q -b main source && cd source && git config user.name one && git config user.email one@example.invalid
for i in $(seq 1 12); do seq $i 500 >file$i; git add .; git commit -q -m "commit $i"; done
"""

PIPELINE = ("seq 1 100000 | sed 's/7/seven/' | grep -v 99 | tr a-z A-Z | awk '{ print $1, length($1) }' | sort -k2,2n -k1,1 | "
            "uniq -c | cut -c1-40 | tee copy | cksum; echo ${PIPESTATUS[@]}; wc -l <copy")

CPYTHON_ALL = ("test_multiprocessing_fork test_multiprocessing_spawn test_multiprocessing_forkserver test_concurrent_futures "
               "test_subprocess test_os test_posix")
CPYTHON_SHORT = ("test_posix test_subprocess test_multiprocessing_fork -m test_posix -m PosixTester -m POSIXProcessTestCase "
                 "-m ProcessTestCase -m WithProcessesTestQueue -m WithProcessesTestPipe -m WithProcessesTestConnection "
                 "-m WithProcessesTestLock -m WithProcessesTestValue -m WithProcessesTestArray -m WithProcessesTestSharedMemory")
PYENV = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")))

CASES = [
    Case("make_gcc", "gcc builds a project with make -j4", "make -j4", MAKE_PROJECT, ("make", "gcc"), sorted_lines, files_in),
    Case("pipeline", "a shell pipeline of ten stages", PIPELINE),
    Case("xargs", "xargs -P8 starts 300 programs", "seq 1 300 | xargs -P8 -n1 sh -c 'echo $0; [ $0 != 77 ] || exit 3'",
         normal=sorted_lines, status=123),
    Case("git_clone", "git clone of a local repository", "git clone --no-local source copy && git -C copy log --oneline && "
         "git -C copy gc -q && git -C copy fsck", GIT_PROJECT, ("git",)),
    Case("sort", "sort --parallel with a compressor", "sort --parallel=4 -S 1M --compress-program=gzip -R --random-source=/bin/sh "
         "numbers | sort --parallel=2 -n | cksum", "seq 1 200000 >numbers", ("gzip",)),
    Case("fd_numbers", "dup2 to high numbers, close_range, a full table", '"$MPW_BUILD/tests/probe/fd_numbers"'),
    Case("daemon", "a daemon that closes everything and goes on", '"$MPW_BUILD/tests/probe/daemon_detach" $PWD/said; status=$?; '
         'for i in $(seq 100); do [ -e said ] && break; sleep 0.1; done; cat said; exit $status'),
    Case("shell_jobs", "background jobs, traps, command substitution", ["bash", os.path.join(SCRIPTS, "jobs.sh")],
         normal=without_job_pids, status=9),
    Case("exit_status", "exit statuses as they are", "for i in 0 1 2 77 125 126 127 255; do (exit $i); echo $?; done; exit 42",
         status=42),
    Case("own_signal", "a program that kills itself", "kill -TERM $$", status=-15),
    Case("own_abort", "a program that aborts", "ulimit -c 0; kill -ABRT $$", status=-6),
    Case("timeout", "timeout(1) and its group", "timeout 0.3 sleep 5", status=124),
    Case("awk_popen", "awk with system() and pipes", "awk 'BEGIN { while ((\"seq 1 500\" | getline x) > 0) s += x; print s; "
         "system(\"echo from system\"); print \"b\\na\" | \"sort\"; close(\"sort\") }'"),
    Case("tar_gzip", "tar with a compressor, and back", "tar -czf a.tgz tree && tar -tzf a.tgz | wc -l && mkdir out && "
         "tar -xzf a.tgz -C out && diff -r tree out/tree && echo same", "mkdir tree; for i in $(seq 50); do seq $i 2000 >tree/$i; done",
         ("tar", "gzip")),
    script("perl_fork", "perl", "perl: fork, pipes, kill, wait", file="fork.pl", status=3),
    script("python_fork", "/usr/bin/python3", "python: fork, select, signals, os.spawn", file="fork.py", status=11),
    script("ruby_fork", "ruby", "ruby: fork, IO.popen, threads", file="fork.rb"),
    script("node_children", "node", "node: child_process", file="children.js", status=5),
    library_case("joblib_parallel", "joblib", "joblib's processes (loky)", 2, 100, ("square", 250)),
    library_case("pebble_pool", "pebble", "Pebble: a task over its limit", 2, 10, ("work", 3)),
    library_case("distributed_cluster", "distributed", "Dask's distributed: two workers", 2, 100),
    library_case("sklearn_jobs", "sklearn", "scikit-learn with n_jobs=2", 2, 20, ("_fit_and_score", 9)),
    library_case("torch_loader", "torch", "PyTorch's DataLoader with two workers", 2, 40),
    library_case("gunicorn_serve", "gunicorn", "gunicorn with two workers", 1, 0),
    library_case("billiard_pool", "billiard", "billiard, celery's pool", 2, 20),
    Case("postgres", "PostgreSQL: initdb, start, pgbench, stop", ["bash", os.path.join(SCRIPTS, "postgres.sh")],
         needs=("/usr/lib/postgresql/*/bin/initdb",), seconds=240),
    python_case("cpython_short", "/usr/bin/python3", CPYTHON_SHORT),
    python_case("cpython_all", "/usr/bin/python3", CPYTHON_ALL, long=True, seconds=3600),
]
CASES += [stress_case(s) for s in ("fork", "vfork", "clone", "pipe", "dup", "shm", "sem", "memfd", "sockpair", "eventfd")]
CASES += [python_case("cpython_" + p.split("/")[-3], p, tests_present(p, CPYTHON_SHORT), long=True) for p in PYENV]
