# shows: a Pool where no semaphore can be made (AWS Lambda; here: /dev/shm cannot be written): OSError from sem_open, often at
#        the import of a library. ThreadPool and Queue need semaphores too.
# ends: exit 1
# python: 3.6+
# needs: unshare -rm mount -t tmpfs -o ro none /dev/shm
# run: unshare -rm sh -c "mount -t tmpfs -o ro none /dev/shm && exec python3 no_semaphores_wrong.py"
# expect: B012
# place: with Pool(2) as pool:
# says: Read-only file system
# twin: no_semaphores_right.py
from multiprocessing import Pool


def resize(number):
    return number * 2


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(resize, range(8)))
