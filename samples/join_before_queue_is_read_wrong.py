# shows: join() before the queue is read: the child cannot end until its feeder thread has written everything into the
#        pipe, the pipe is full, and the only reader waits for the child to end.
# ends: hangs
# python: 3.6+
# expect: none
# later: D003
# twin: join_before_queue_is_read_right.py
from multiprocessing import Process, Queue


def produce(queue):
    queue.put("x" * 1000000)


if __name__ == "__main__":
    queue = Queue()
    process = Process(target=produce, args=(queue,))
    process.start()
    process.join()
    print(len(queue.get()))
