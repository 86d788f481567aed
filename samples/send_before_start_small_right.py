# shows: send() before start() with a message that fits into the pipe: it works, so there is nothing to report.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: send_before_start_wrong.py
from multiprocessing import Pipe, Process


def summarise(conn):
    rows = conn.recv()
    conn.send(sum(row["price"] for row in rows))
    conn.close()


if __name__ == "__main__":
    rows = [{"id": i, "price": i % 100} for i in range(500)]
    parent_conn, child_conn = Pipe()
    process = Process(target=summarise, args=(child_conn,))
    parent_conn.send(rows)
    process.start()
    print("total", parent_conn.recv())
    process.join()
