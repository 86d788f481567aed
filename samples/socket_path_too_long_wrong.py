# shows: TMPDIR is so long that the path of the Manager's socket does not fit into 107 bytes. The server process dies
#        with "AF_UNIX path too long"; the program itself sees a bare EOFError.
# ends: exit 1
# python: 3.6+
# run: sh -c "d=$(mktemp -d)/$(printf '%090d' 0) && mkdir -p $d && TMPDIR=$d python3 socket_path_too_long_wrong.py"
# expect: B013
# place: with Manager() as manager:
# twin: socket_path_too_long_right.py
from multiprocessing import Manager

if __name__ == "__main__":
    with Manager() as manager:
        shared = manager.dict()
        shared["one"] = 1
        print(shared.copy())
