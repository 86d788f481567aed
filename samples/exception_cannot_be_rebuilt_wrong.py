# shows: an exception class with two required arguments that gives its base only one: it pickles in the worker, cannot
#        be rebuilt in the parent, and kills the pool's result thread. map() waits for ever.
# ends: hangs
# python: 3.6+
# expect: S008
# place: pool.map(parse, range(6))
# says: `ParseError`
# twin: exception_cannot_be_rebuilt_right.py
from multiprocessing import Pool


class ParseError(Exception):
    def __init__(self, line, reason):
        super(ParseError, self).__init__("line %d: %s" % (line, reason))


def parse(line):
    if line == 3:
        raise ParseError(line, "no comma")
    return line


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(parse, range(6)))
