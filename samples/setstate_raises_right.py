# shows: the same with a __setstate__ that makes again what __getstate__ left out.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: setstate_raises_wrong.py
from multiprocessing import Pool


class Summary:
    def __init__(self, rows):
        self.rows = rows
        self.total = sum(rows)

    def __getstate__(self):
        return {"rows": self.rows}

    def __setstate__(self, state):
        self.__init__(state["rows"])


def summarize(n):
    return Summary(list(range(n)))


if __name__ == "__main__":
    with Pool(2) as pool:
        print([s.total for s in pool.map(summarize, range(4))])
