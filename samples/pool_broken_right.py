# shows: the same with a library that says so.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: pool_broken_wrong.py
from concurrent.futures import ProcessPoolExecutor


def convert(number):
    if number == 2:
        return "no square for 2"
    return number * number


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        print(list(executor.map(convert, range(4))))
