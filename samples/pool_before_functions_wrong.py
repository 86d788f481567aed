# shows: a Pool is made at the top of the file, above the function it shall call: the forked workers are copies of the
#        program as it was then, and do not know the function. map() waits for ever.
# ends: hangs
# python: 3.6+
# expect: S002
# place: pool = get_context
# twin: pool_before_functions_right.py
from multiprocessing import get_context

pool = get_context("fork").Pool(2)


def square(x):
    return x * x


if __name__ == "__main__":
    print(pool.map(square, range(10)))
