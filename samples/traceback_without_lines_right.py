# shows: the same with files that are closed again.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: traceback_without_lines_wrong.py
import resource

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    for number in range(100):
        with open("/dev/null"):
            pass
    print("opened:", number + 1)
