# shows: the same with a callback that does not fail.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: callback_raises_wrong.py
from multiprocessing import Pool

found = {}  # name: length


def measure(name):
    return name, len(name)


def keep(answer):
    found.update([answer])


if __name__ == "__main__":
    with Pool(2) as pool:
        answers = [pool.apply_async(measure, (name,), callback=keep) for name in ("one", "two", "three")]
        for answer in answers:
            print(answer.get())
