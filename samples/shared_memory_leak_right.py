# shows: the same with unlink() by the owner.
# ends: exit 0
# python: 3.8+
# expect: none
# twin: shared_memory_leak_wrong.py
from multiprocessing import Process
from multiprocessing.shared_memory import SharedMemory


def fill(name):
    block = SharedMemory(name)
    block.buf[:4] = b"done"
    block.close()


if __name__ == "__main__":
    block = SharedMemory(create=True, size=1 << 20)
    process = Process(target=fill, args=(block.name,))
    process.start()
    process.join()
    print(bytes(block.buf[:4]).decode())
    block.close()
    block.unlink()
