# shows: the same with the Popen object as a context manager, which closes its pipes.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: popen_pipes_kept_wrong.py
import resource
import subprocess

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    jobs = []
    for number in range(100):
        with subprocess.Popen(["echo", str(number)], stdout=subprocess.PIPE) as job:
            jobs.append(job.stdout.readline())
    print("ran", len(jobs))
