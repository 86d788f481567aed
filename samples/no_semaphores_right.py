# shows: the same work with Process and Pipe, which need no semaphore: first all starts, then the answers.
# ends: exit 0
# python: 3.6+
# needs: unshare -rm mount -t tmpfs -o ro none /dev/shm
# run: unshare -rm sh -c "mount -t tmpfs -o ro none /dev/shm && exec python3 no_semaphores_right.py"
# expect: none
# twin: no_semaphores_wrong.py
from multiprocessing import Pipe, Process


def resize(conn, numbers):
    conn.send([number * 2 for number in numbers])
    conn.close()


if __name__ == "__main__":
    jobs = []
    for part in (range(0, 4), range(4, 8)):
        ours, theirs = Pipe(duplex=False)
        process = Process(target=resize, args=(theirs, part))
        process.start()
        theirs.close()
        jobs.append((process, ours))
    for process, conn in jobs:
        print(conn.recv())
        process.join()
