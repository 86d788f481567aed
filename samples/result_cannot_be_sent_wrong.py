# shows: the function of a Pool is a generator function: its answer is a generator, which cannot be pickled. The caller gets a
#        MaybeEncodingError, which speaks of neither.
# ends: exit 1
# python: 3.6+
# expect: S001
# place: pool.map(primes,
# says: `generator`
# twin: result_cannot_be_sent_right.py
from multiprocessing import Pool


def primes(limit):
    for number in range(2, limit):
        if all(number % divisor for divisor in range(2, number)):
            yield number


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(primes, [10, 20, 30]))
