# shows: the same with communicate().
# ends: exit 0
# python: 3.6+
# expect: none
# twin: popen_wait_wrong.py
import subprocess
import sys

if __name__ == "__main__":
    job = subprocess.Popen([sys.executable, "-c", "print('x' * 200000)"], stdout=subprocess.PIPE)
    output, _ = job.communicate()
    print(len(output))
