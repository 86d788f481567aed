# shows: the same controller closes the worker's end after the start and the worker sends its exception back: nothing
#        waits for an end of file that cannot come.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: controller_eof_wrong.py
from multiprocessing import Pipe, Process


class Worker(object):
    def __init__(self):
        self.ours, theirs = Pipe()
        self.process = Process(target=self.serve, args=(theirs,))
        self.process.start()
        theirs.close()

    def serve(self, conn):
        self.ours.close()
        while True:
            try:
                frame = conn.recv()
            except EOFError:
                return
            try:
                conn.send(100 // frame)
            except ZeroDivisionError as error:
                conn.send(error)

    def ask(self, frame):
        self.ours.send(frame)
        return self.ours.recv()

    def stop(self):
        self.ours.close()
        self.process.join()


if __name__ == "__main__":
    worker = Worker()
    for frame in (5, 2, 0):
        print(worker.ask(frame))
    worker.stop()
