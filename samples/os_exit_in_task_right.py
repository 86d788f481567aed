# shows: the same with an exception, which the executor brings to the caller.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: os_exit_in_task_wrong.py
from concurrent.futures import ProcessPoolExecutor


def parse(line):
    if not line.isdigit():
        raise ValueError("not a number: " + line)
    return int(line)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        try:
            print(list(executor.map(parse, ["1", "2", "three", "4"])))
        except ValueError as error:
            print("bad input:", error)
