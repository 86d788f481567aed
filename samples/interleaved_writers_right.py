# shows: the same with a lock around send().
# ends: exit 0
# python: 3.6+
# expect: none
# twin: interleaved_writers_wrong.py
from multiprocessing import Barrier, Lock, Pipe, Process

ROUNDS = 200


def write(together, conn, lock):
    with lock:
        conn.send("here I am")
    together.wait()
    for _ in range(ROUNDS):
        with lock:
            conn.send(["x" * 50000] * 4)


if __name__ == "__main__":
    lock = Lock()
    together = Barrier(3)
    reader, writer = Pipe(duplex=False)
    for _ in range(3):
        Process(target=write, args=(together, writer, lock), daemon=True).start()
    for _ in range(3 + 3 * ROUNDS):
        reader.recv()
    print("all read")
