# shows: a client has another authkey than the listener: "digest sent was rejected".
# ends: exit 1
# python: 3.6+
# expect: S006
# place: with Client(listener.address, authkey
# twin: auth_failed_right.py
from multiprocessing.connection import Client, Listener
from multiprocessing import Process


def serve(listener):
    with listener.accept() as conn:
        conn.send("hello")


if __name__ == "__main__":
    with Listener(authkey=b"server's own") as listener:
        process = Process(target=serve, args=(listener,))
        process.start()
        with Client(listener.address, authkey=b"something else") as conn:
            print(conn.recv())
