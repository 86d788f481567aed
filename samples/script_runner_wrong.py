# shows: a page of a script runner (Streamlit and the like) with its own class and a spawn Pool. The worker pickles
#        __mp_main__.Result; in the parent that name still means the runner's module: "Can't get attribute 'Result'"
#        kills the pool's result thread and map() waits for ever.
# ends: hangs
# python: 3.6+
# run: python3 script_runner.py script_runner_wrong.py
# expect: S002
# says: main does not know `Result` | knows it as `__mp_main__.Result` | from result import Result
# twin: script_runner_right.py
import multiprocessing as mp


class Result(object):
    def __init__(self, row, total):
        self.row = row
        self.total = total


def evaluate(row):
    return Result(row, sum(range(row)))


if __name__ == "__main__":
    with mp.get_context("spawn").Pool(2) as pool:
        for result in pool.map(evaluate, [1000, 2000, 3000]):
            print(result.row, result.total)
