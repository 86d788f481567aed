# shows: the same page with the class in a module that both sides can import.
# ends: exit 0
# python: 3.6+
# run: python3 script_runner.py script_runner_right.py
# expect: none
# twin: script_runner_wrong.py
import multiprocessing as mp

from script_runner_classes import evaluate

if __name__ == "__main__":
    with mp.get_context("spawn").Pool(2) as pool:
        for result in pool.map(evaluate, [1000, 2000, 3000]):
            print(result.row, result.total)
