# shows: the same in pieces.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: message_too_big_wrong.py
from multiprocessing import Pipe, Process


def take(conn, pieces):
    print(sum(len(conn.recv_bytes()) for _ in range(pieces)))


if __name__ == "__main__":
    ours, theirs = Pipe()
    process = Process(target=take, args=(theirs, 64))
    process.start()
    for _ in range(64):
        ours.send_bytes(bytes(2 ** 20))
    process.join()
