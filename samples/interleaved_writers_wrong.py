# shows: several processes send long messages into one Connection without a lock. A message is written in pieces, the
#        pieces of different writers mix, and the reader finds garbage.
# ends: exit 1
# python: 3.6+
# expect: S005
# place: reader.recv()
# twin: interleaved_writers_right.py
from multiprocessing import Barrier, Pipe, Process

ROUNDS = 200


def write(together, conn):
    conn.send("here I am")
    together.wait()
    for _ in range(ROUNDS):
        conn.send(["x" * 50000] * 4)


if __name__ == "__main__":
    together = Barrier(3)
    reader, writer = Pipe(duplex=False)
    for _ in range(3):
        Process(target=write, args=(together, writer), daemon=True).start()
    for _ in range(3 + 3 * ROUNDS):
        reader.recv()
    print("all read")
