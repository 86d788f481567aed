# shows: the same with all arguments handed to the base class.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: exception_cannot_be_rebuilt_wrong.py
from multiprocessing import Pool


class ParseError(Exception):
    def __init__(self, line, reason):
        super(ParseError, self).__init__(line, reason)


def parse(line):
    if line == 3:
        raise ParseError(line, "no comma")
    return line


if __name__ == "__main__":
    with Pool(2) as pool:
        try:
            print(pool.map(parse, range(6)))
        except ParseError as error:
            print("could not parse:", error.args)
