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
        pool.map(trivial, range(100), chunksize=1)
        begin = time.perf_counter()
        assert len(pool.map(trivial, range(count), chunksize=1)) == count
        said_ns(begin, count)


def queue_ping_pong(count):
    requests, answers = Queue(), Queue()
    process = Process(target=answer, args=(requests, answers))
    process.start()
    requests.put(0)
    answers.get()
    begin = time.perf_counter()
    for number in range(count):
        requests.put(number)
        assert answers.get() == number
    said_ns(begin, count)
    requests.put(None)
    process.join()


def cpu_pool(count):
    with Pool(2) as pool:
        pool.map(spin, [count] * 16, chunksize=1)


def big_list(count):
    with Pool(1) as pool:
        assert len(pool.map(double, [list(range(count))])[0]) == count


def said_ns(begin, count):
    print((time.perf_counter() - begin) * 1e9 / count)


def pickle_message(count):
    """What a message costs its sender, by itself: nanoseconds on stdout."""
    from multiprocessing.reduction import ForkingPickler
    message = (1, 2, "task", (3,), {})
    begin = time.perf_counter()
    for _ in range(count):
        ForkingPickler.dumps(message)
    said_ns(begin, count)


def unpickle_message(count):
    """... and its receiver: a pipe that always has the message, read by Connection.recv."""
    from multiprocessing import Pipe
    receiver, sender = Pipe(False)
    message = (1, 2, "task", (3,), {})
    spent = 0.0
    for _ in range(count // 100):
        for _ in range(100):
            sender.send(message)
        begin = time.perf_counter()
        for _ in range(100):
            receiver.recv()
        spent += time.perf_counter() - begin
    print(spent * 1e9 / count)


def at_depth(depth, function):
    return at_depth(depth - 1, function) if depth else function()


def stack_of_20(count):
    """What 19 more frames add to a call that takes a stack (a descriptor with a number that says that they pile up)."""
    import os
    high = [os.dup(0) for _ in range(30)]

    def creates():
        begin = time.perf_counter()
        for _ in range(count):
            os.close(os.dup(0))
        return time.perf_counter() - begin

    rounds = [at_depth(19, creates) - at_depth(0, creates) for _ in range(9)]
    print(sorted(rounds)[4] * 1e9 / count)
    assert len(high) == 30


def private_memory(_):
    """KiB of its own that a Python with multiprocessing has."""
    with open("/proc/self/smaps_rollup") as stream:
        print(sum(int(line.split()[1]) for line in stream if line.startswith("Private")))


def eight_workers(count):
    """Tasks of 20 ms for `count` seconds."""
    end = time.time() + count
    with Pool(8) as pool:
        while time.time() < end:
            pool.map(nap, [0.02] * 80, chunksize=1)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
