# helper: an importable module with the class that script_runner_right.py sends between processes.


class Result(object):
    def __init__(self, row, total):
        self.row = row
        self.total = total


def evaluate(row):
    return Result(row, sum(range(row)))
