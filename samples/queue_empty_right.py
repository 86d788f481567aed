# shows: the same with a sentinel that says "no more".
# ends: exit 0
# python: 3.6+
# expect: none
# twin: queue_empty_wrong.py
from multiprocessing import Process, Queue


def consume(tasks, results):
    done = 0
    while tasks.get() is not None:
        done += 1
    results.put(done)


if __name__ == "__main__":
    tasks, results = Queue(), Queue()
    worker = Process(target=consume, args=(tasks, results))
    worker.start()
    for number in range(500):
        tasks.put(number)
    tasks.put(None)
    print("done", results.get())
    worker.join()
