# shows: the same controller with two frames in flight: while one is classified the next is detected.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: controller_wrong.py
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

    def send(self, frame):
        self.conn.send(frame)

    def receive(self):
        return self.conn.recv()

    def stop(self):
        self.conn.send(None)
        self.process.join()


if __name__ == "__main__":
    detector = Worker("detector", 0.02)
    classifier = Worker("classifier", 0.02)
    begin = time.time()
    detector.send(0)
    for frame in range(50):
        found = detector.receive()
        if frame + 1 < 50:
            detector.send(frame + 1)
        if frame > 0:
            classifier.receive()
        classifier.send(found[0])
    classifier.receive()
    print("%.1f frames per second" % (50 / (time.time() - begin)))
    detector.stop()
    classifier.stop()
