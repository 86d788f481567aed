# shows: the same program with start() before send().
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
    rows = [{"id": i, "price": i % 100} for i in range(50000)]
    parent_conn, child_conn = Pipe()
    process = Process(target=summarise, args=(child_conn,))
    process.start()
    parent_conn.send(rows)
    print("total", parent_conn.recv())
    process.join()
