# shows: the rows go to the pool as a few ranges; workers inherit the table by fork and send back one number each.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: pool_over_rows_wrong.py
import multiprocessing as mp

rows = []


def discount(row):
    return row["price"] * (0.9 if row["category"] == "book" else 1.0)


def discount_range(bounds):
    return sum(discount(row) for row in rows[bounds[0]:bounds[1]])


def make_rows(count):
    return [{"id": i, "price": i % 50, "category": "book" if i % 3 else "toy"} for i in range(count)]


if __name__ == "__main__":
    rows = make_rows(40000)
    step = 10000
    with mp.get_context("fork").Pool(2) as pool:
        parts = pool.map(discount_range, [(i, i + step) for i in range(0, len(rows), step)])
    print("total %.1f" % sum(parts))
