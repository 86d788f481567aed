# shows: native code crashes in a worker (here: ctypes follows a bad address), the executor only says BrokenProcessPool.
# ends: exit 1
# python: 3.6+
# expect: B007
# place: def read_native(address):
# says: was in `read_native`
# twin: worker_crashed_right.py
import ctypes
from concurrent.futures import ProcessPoolExecutor


def read_native(address):
    return ctypes.string_at(address, 8)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        print(executor.submit(read_native, 16).result())
