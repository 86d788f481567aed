# shows: 2 GiB in one message. Before Python 3.8 the length of a message must fit into 31 bits: "'i' format requires
#        -2147483648 <= number <= 2147483647".
# ends: exit 1
# python: 3.6-3.7
# expect: S004
# place: ours.send_bytes(bytes(2 ** 31))
# twin: message_too_big_right.py
from multiprocessing import Pipe

if __name__ == "__main__":
    ours, theirs = Pipe()
    ours.send_bytes(bytes(2 ** 31))
