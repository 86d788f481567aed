# shows: the same count: each worker counts into its own dict and stores it once.
# ends: exit 0
# python: 3.6+
# expect: none
# twin: manager_dict_wrong.py
from multiprocessing import Manager, Process

WORDS = "the quick brown fox jumps over the lazy dog".split()


def count_words(results, number, repeats):
    own = {}
    for i in range(repeats):
        word = WORDS[i % len(WORDS)]
        own[word] = own.get(word, 0) + 1
    results[number] = own


if __name__ == "__main__":
    with Manager() as manager:
        results = manager.dict()
        processes = [Process(target=count_words, args=(results, n, 2000)) for n in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        print("words", sum(sum(own.values()) for own in results.values()))
