# shows: get() first, then join().
# ends: exit 0
# python: 3.6+
# expect: none
# twin: join_before_queue_is_read_wrong.py
from multiprocessing import Process, Queue


def produce(queue):
    queue.put("x" * 1000000)


if __name__ == "__main__":
    queue = Queue()
    process = Process(target=produce, args=(queue,))
    process.start()
    print(len(queue.get()))
    process.join()
