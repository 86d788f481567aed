"""The loads of tools/bench that are Python programs. usage: loads.py NAME [COUNT]"""
import sys
import time
from multiprocessing import Pool, Process, Queue


def trivial(x):
    return x


def spin(rounds):
    total = 0
    for i in range(rounds):
        total += i * i
    return total


def nap(seconds):
    time.sleep(seconds)
    return seconds


def double(numbers):
    return [n * 2 for n in numbers]


def answer(requests, answers):
    for request in iter(requests.get, None):
        answers.put(request)


def pool_map(count):
    with Pool(2) as pool:
        for _ in range(3):
            assert len(pool.map(trivial, range(count), chunksize=1)) == count


def queue_ping_pong(count):
    requests, answers = Queue(), Queue()
    process = Process(target=answer, args=(requests, answers))
    process.start()
    for number in range(count):
        requests.put(number)
        assert answers.get() == number
    requests.put(None)
    process.join()


def cpu_pool(count):
    with Pool(2) as pool:
        pool.map(spin, [count] * 16, chunksize=1)


def big_list(count):
    with Pool(1) as pool:
        assert len(pool.map(double, [list(range(count))])[0]) == count


def eight_workers(count):
    """Tasks of 20 ms for `count` seconds."""
    end = time.time() + count
    with Pool(8) as pool:
        while time.time() < end:
            pool.map(nap, [0.02] * 80, chunksize=1)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
