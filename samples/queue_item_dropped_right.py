# shows: the same with an object that can be pickled.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: queue_item_dropped_wrong.py
from multiprocessing import Process, Queue


def produce(results):
    results.put({"rows": list(range(3))})


if __name__ == "__main__":
    results = Queue()
    process = Process(target=produce, args=(results,))
    process.start()
    print(results.get(timeout=10))
    process.join()
