# shows: the same lost updates on the elements of an Array: array[i] += 1 is a read and a write.
# ends: exit 0
# python: 3.6+
# expect: none
# later: L002
# twin: shared_array_right.py
from multiprocessing import Array, Process


def histogram(bins, values):
    for value in values:
        bins[value % 4] += 1


if __name__ == "__main__":
    bins = Array("i", 4)
    processes = [Process(target=histogram, args=(bins, range(20000))) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("expected 60000, all updates kept:", sum(bins) == 60000)
