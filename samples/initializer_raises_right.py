# shows: the settings are read once in the parent, where an error is seen, and handed to the workers.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: initializer_raises_wrong.py
from multiprocessing import Pool

settings = None


def connect(text):
    global settings
    settings = text


def query(number):
    return settings, number


if __name__ == "__main__":
    with Pool(2, initializer=connect, initargs=("host=db1",)) as pool:
        print(pool.map(query, range(4)))
