# shows: the same histogram: each process fills its own and adds it once under the array's lock.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: shared_array_wrong.py
from multiprocessing import Array, Process


def histogram(bins, values):
    own = [0] * 4
    for value in values:
        own[value % 4] += 1
    with bins.get_lock():
        for i, number in enumerate(own):
            bins[i] += number


if __name__ == "__main__":
    bins = Array("i", 4)
    processes = [Process(target=histogram, args=(bins, range(20000))) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("expected 60000, got", sum(bins))
