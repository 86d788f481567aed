# shows: the same with one authkey on both sides.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: auth_failed_wrong.py
from multiprocessing.connection import Client, Listener
from multiprocessing import Process


def serve(listener):
    with listener.accept() as conn:
        conn.send("hello")


if __name__ == "__main__":
    with Listener(authkey=b"server's own") as listener:
        process = Process(target=serve, args=(listener,))
        process.start()
        with Client(listener.address, authkey=b"server's own") as conn:
            print(conn.recv())
