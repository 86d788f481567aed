# shows: the same call with a valid address.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: worker_crashed_wrong.py
import ctypes
from concurrent.futures import ProcessPoolExecutor

text = ctypes.create_string_buffer(b"native!")


def read_native(length):
    return ctypes.string_at(text, length)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        print(executor.submit(read_native, 7).result())
