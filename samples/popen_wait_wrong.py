# shows: Popen(stdout=PIPE).wait() before the output is read: the child blocks on the full pipe, the parent waits for
#        the child.
# ends: hangs
# python: 3.6+
# expect: none
# later: D012
# twin: popen_wait_right.py
import subprocess
import sys

if __name__ == "__main__":
    job = subprocess.Popen([sys.executable, "-c", "print('x' * 200000)"], stdout=subprocess.PIPE)
    job.wait()
    print(len(job.stdout.read()))
