# shows: a program that uses up its descriptors and ends with the error. Python quotes the program's lines in a traceback, but
#        has no descriptor left to open the file: the lines are missing.
# ends: exit 1
# python: 3.6+
# expect: F001, X004
# expect 3.6-3.7: F001
# twin: traceback_without_lines_right.py
import resource

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    files = []
    for number in range(100):
        files.append(open("/dev/null"))
    print("open:", len(files))
