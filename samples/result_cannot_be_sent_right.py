# shows: the same with a list as the answer.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: result_cannot_be_sent_wrong.py
from multiprocessing import Pool


def primes(limit):
    return [number for number in range(2, limit) if all(number % divisor for divisor in range(2, number))]


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(primes, [10, 20, 30]))
