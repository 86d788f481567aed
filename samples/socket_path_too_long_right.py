# shows: the same with a short TMPDIR.
# ends: exit 0
# python: 3.6+
# run: sh -c "TMPDIR=/tmp python3 socket_path_too_long_right.py"
# expect: none
# twin: socket_path_too_long_wrong.py
from multiprocessing import Manager

if __name__ == "__main__":
    with Manager() as manager:
        shared = manager.dict()
        shared["one"] = 1
        print(shared.copy())
