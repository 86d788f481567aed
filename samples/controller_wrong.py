# shows: a controller with stateful workers over pipes (detector, classifier) that asks one and waits for the answer
#        before it asks the next: two processes, but never more than one of them at work.
# ends: exit 0
# python: 3.6+
# expect: none
# later: U006
# twin: controller_right.py
import time
from multiprocessing import Pipe, Process


class Worker(object):
    def __init__(self, name, seconds):
        self.conn, theirs = Pipe()
        self.process = Process(target=self.serve, args=(theirs, seconds), name=name)
        self.process.start()
        theirs.close()

    def serve(self, conn, seconds):
        self.conn.close()
        seen = 0
        while True:
            frame = conn.recv()
            if frame is None:
                break
            seen += 1
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                pass
            conn.send((frame, seen))

    def ask(self, frame):
        self.conn.send(frame)
        return self.conn.recv()

    def stop(self):
        self.conn.send(None)
        self.process.join()


if __name__ == "__main__":
    detector = Worker("detector", 0.02)
    classifier = Worker("classifier", 0.02)
    begin = time.time()
    for frame in range(50):
        found = detector.ask(frame)
        classifier.ask(found[0])
    print("%.1f frames per second" % (50 / (time.time() - begin)))
    detector.stop()
    classifier.stop()
