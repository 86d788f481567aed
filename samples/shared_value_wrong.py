# shows: shared_value.value += 1 from several processes: read and write are two locked steps, updates get lost between
#        them. The sum is wrong and nothing says so.
# ends: exit 0
# python: 3.6+
# expect: none
# later: L002
# twin: shared_value_right.py
from multiprocessing import Process, Value


def count(shared_value, times):
    for _ in range(times):
        shared_value.value += 1


if __name__ == "__main__":
    shared_value = Value("i", 0)
    processes = [Process(target=count, args=(shared_value, 50000)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("expected 150000, all updates kept:", shared_value.value == 150000)
