# shows: subprocess.Popen with pipes that are read to the end but never closed, all kept in a list: the limit is
#        reached by the pipes of programs that have ended long ago.
# ends: exit 1
# python: 3.6+
# expect: F001
# place: subprocess.Popen(
# twin: popen_pipes_kept_right.py
import resource
import subprocess

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    jobs = []
    for number in range(100):
        job = subprocess.Popen(["echo", str(number)], stdout=subprocess.PIPE)
        job.stdout.readline()
        job.wait()
        jobs.append(job)
    print("ran", len(jobs))
