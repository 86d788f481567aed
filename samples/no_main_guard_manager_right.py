# shows: the same Manager with a main guard.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: no_main_guard_manager_wrong.py
import multiprocessing as mp


def main():
    with mp.get_context("spawn").Manager() as manager:
        settings = manager.dict()
        settings["colour"] = "blue"
        print(dict(settings))


if __name__ == "__main__":
    main()
