# shows: the same work with a module-level function; each worker makes its own model once, in the initializer.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: rlock_in_bound_method_wrong.py
import threading
from multiprocessing import Pool

model = None


class Model(object):
    def __init__(self):
        self.weights = [0.5, 0.25]
        self.cache_lock = threading.RLock()

    def predict(self, x):
        with self.cache_lock:
            return sum(w * x for w in self.weights)


def make_model():
    global model
    model = Model()


def check(x):
    return model.predict(x) > 1


if __name__ == "__main__":
    with Pool(2, initializer=make_model) as pool:
        print(pool.map(check, range(8)))
