# shows: the worker fails, and the controller never hears of it: it still holds the worker's end of the pipe itself
#        (self.theirs), so the end of file that would raise EOFError cannot come and recv() waits for ever.
# ends: hangs
# python: 3.6+
# expect: none
# later: F003
# twin: controller_eof_right.py
from multiprocessing import Pipe, Process


class Worker(object):
    def __init__(self):
        self.ours, self.theirs = Pipe()
        self.process = Process(target=self.serve)
        self.process.start()

    def serve(self):
        while True:
            frame = self.theirs.recv()
            self.theirs.send(100 // frame)

    def ask(self, frame):
        self.ours.send(frame)
        return self.ours.recv()


if __name__ == "__main__":
    worker = Worker()
    for frame in (5, 2, 0):
        print(worker.ask(frame))
