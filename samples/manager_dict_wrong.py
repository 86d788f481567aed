# shows: a Manager().dict() in the hot loop: every access is a message to the manager's process and an answer, pickled
#        both ways; the workers queue for one server.
# ends: exit 0
# python: 3.6+
# expect: none
# later: C005
# twin: manager_dict_right.py
from multiprocessing import Manager, Process

WORDS = "the quick brown fox jumps over the lazy dog".split()


def count_words(counts, lock, repeats):
    for i in range(repeats):
        word = WORDS[i % len(WORDS)]
        with lock:
            counts[word] = counts.get(word, 0) + 1


if __name__ == "__main__":
    with Manager() as manager:
        counts = manager.dict()
        lock = manager.Lock()
        processes = [Process(target=count_words, args=(counts, lock, 2000)) for _ in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        print("words", sum(counts.values()))
