# shows: while not queue.empty() as "until all is done": right after put() the queue often still looks empty, so the
#        loop ends at once and everything is left undone with exit status 0.
# ends: exit 0
# python: 3.6+
# expect: none
# later: B020
# twin: queue_empty_right.py
from multiprocessing import Process, Queue


def consume(tasks, results):
    done = 0
    while not tasks.empty():
        tasks.get()
        done += 1
    results.put(done)


if __name__ == "__main__":
    tasks, results = Queue(), Queue()
    worker = Process(target=consume, args=(tasks, results))
    worker.start()
    for number in range(500):
        tasks.put(number)
    results.get()
    worker.join()
    tasks.cancel_join_thread()
    print("worker ended")
