# shows: data is sent into a Pipe before the process that will read it has started. Nobody can read yet, so send()
#        blocks as soon as the pipe is full (about 219 KB) and the start is never reached.
# ends: hangs
# python: 3.6+
# expect: none
# later: D006
# twin: send_before_start_right.py
from multiprocessing import Pipe, Process


def summarise(conn):
    rows = conn.recv()
    conn.send(sum(row["price"] for row in rows))
    conn.close()


if __name__ == "__main__":
    rows = [{"id": i, "price": i % 100} for i in range(50000)]
    parent_conn, child_conn = Pipe()
    process = Process(target=summarise, args=(child_conn,))
    parent_conn.send(rows)
    process.start()
    print("total", parent_conn.recv())
    process.join()
