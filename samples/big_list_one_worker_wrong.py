# shows: one list of three million numbers through Pool(1): it is pickled, sent, unpickled, and its result all the way
#        back. More than twice as slow as the plain loop, with no second process at work at any time.
# ends: exit 0
# python: 3.6+
# expect: none
# later: C001
# twin: big_list_one_worker_right.py
import time
from multiprocessing import Pool


def double(numbers):
    for i in range(len(numbers)):
        numbers[i] *= 2
    return numbers


if __name__ == "__main__":
    big_list = list(range(3000000))
    begin = time.time()
    with Pool(processes=1) as pool:
        result = pool.map(func=double, iterable=[big_list])[0]
    print("pool  %.2f s, last %d" % (time.time() - begin, result[-1]))
    begin = time.time()
    double(big_list)
    print("plain %.2f s" % (time.time() - begin))
