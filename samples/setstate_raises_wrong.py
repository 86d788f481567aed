# shows: the answer of a task can be pickled, but its __setstate__ wants what __getstate__ left out. That kills the pool's
#        result thread; map() waits for ever.
# ends: hangs
# python: 3.6+
# expect: S002
# place: state["total"]
# twin: setstate_raises_right.py
from multiprocessing import Pool


class Summary:
    def __init__(self, rows):
        self.rows = rows
        self.total = sum(rows)

    def __getstate__(self):
        return {"rows": self.rows}

    def __setstate__(self, state):
        self.rows, self.total = state["rows"], state["total"]


def summarize(n):
    return Summary(list(range(n)))


if __name__ == "__main__":
    with Pool(2) as pool:
        print([s.total for s in pool.map(summarize, range(4))])
