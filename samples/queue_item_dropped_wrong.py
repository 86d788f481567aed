# shows: a worker puts something that cannot be pickled into a Queue and ends. put() only hands it to a helper thread;
#        as the process is on its way out by then, the error is not even printed. The reader waits for an item that
#        never comes (here for three seconds).
# ends: exit 1
# python: 3.6+
# expect: S007
# says: dict -> ['rows']
# place: results.put(
# twin: queue_item_dropped_right.py
import queue
from multiprocessing import Process, Queue


def produce(results):
    results.put({"rows": (row for row in range(3))})


if __name__ == "__main__":
    results = Queue()
    process = Process(target=produce, args=(results,))
    process.start()
    process.join()
    try:
        print(results.get(timeout=3))
    except queue.Empty:
        raise SystemExit("no answer")
