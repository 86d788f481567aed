# shows: Pool over the rows of a table, one tiny task per row: each row is pickled, sent, answered and unpickled for a
#        few hundred nanoseconds of work. Slower than a plain loop.
# ends: exit 0
# python: 3.6+
# expect: none
# later: C002
# twin: pool_over_rows_right.py
import time
from multiprocessing import Pool


def discount(row):
    return row["price"] * (0.9 if row["category"] == "book" else 1.0)


def make_rows(count):
    return [{"id": i, "price": i % 50, "category": "book" if i % 3 else "toy"} for i in range(count)]


if __name__ == "__main__":
    rows = make_rows(40000)
    begin = time.time()
    with Pool(2) as pool:
        total = sum(pool.imap(discount, rows))
    print("total %.1f" % total)
    print("pool %.2f s" % (time.time() - begin))
    begin = time.time()
    sum(map(discount, rows))
    print("plain loop %.2f s" % (time.time() - begin))
