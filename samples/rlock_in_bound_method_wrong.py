# shows: a bound method as the pool's function: self travels with every task, and with it a model that holds an RLock.
#        "cannot pickle '_thread.RLock' object" names neither the attribute nor the call.
# ends: exit 1
# python: 3.6+
# expect: S001
# place: pool.map(self.check, rows)
# says: self.check -> self: Validator -> .model: Model -> .cache_lock
# twin: rlock_in_bound_method_right.py
import threading
from multiprocessing import Pool


class Model(object):
    def __init__(self):
        self.weights = [0.5, 0.25]
        self.cache_lock = threading.RLock()

    def predict(self, x):
        with self.cache_lock:
            return sum(w * x for w in self.weights)


class Validator(object):
    def __init__(self):
        self.model = Model()

    def check(self, x):
        return self.model.predict(x) > 1

    def run(self, rows):
        with Pool(2) as pool:
            return pool.map(self.check, rows)


if __name__ == "__main__":
    print(Validator().run(range(8)))
