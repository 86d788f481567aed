# shows: a callback of apply_async raises. It runs in the pool's own result thread, which ends with it: no result of any
#        task arrives any more, and get() waits for ever.
# ends: hangs
# python: 3.6+
# expect: S003
# place: found.update(answer)
# says: of the library died in main
# twin: callback_raises_right.py
from multiprocessing import Pool

found = {}  # name: length


def measure(name):
    return name, len(name)


def keep(answer):
    found.update(answer)


if __name__ == "__main__":
    with Pool(2) as pool:
        answers = [pool.apply_async(measure, (name,), callback=keep) for name in ("one", "two", "three")]
        for answer in answers:
            print(answer.get())
