# shows: the same sum: each process counts by itself and adds once, under the value's own lock.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: shared_value_wrong.py
from multiprocessing import Process, Value


def count(shared_value, times):
    own = 0
    for _ in range(times):
        own += 1
    with shared_value.get_lock():
        shared_value.value += own


if __name__ == "__main__":
    shared_value = Value("i", 0)
    processes = [Process(target=count, args=(shared_value, 50000)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("expected 150000, got", shared_value.value)
