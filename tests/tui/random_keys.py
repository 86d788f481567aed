"""Keys and sizes for tests that press and change them at random."""
# Not Ctrl-C and Ctrl-Z, which are ways out of their own, nor q outside of prompts.
KEYS = [bytes([i]) for i in range(32, 127) if i not in b"qw"] + [
    b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F", b"\r", b"\x1b", b"\x7f", b"\t", b"\x1b[Z",
    b"\x1bOP", b"\x1bOS", b"\x1b[17~", b"\x1b[20~", b"\x0c", b"\x04", b"\x15", b"\x02", b"\x06", b"\xff", b"\xc3\xa9", b"\xf0\x9f\x98\x80",
    b"\x00", b"\x1b[200~q w\r\x1b[201~", b"\x1b[<", b"\x1b[1;2", b"t5\r", b"t1:02.5\r", b"/w\r", b"\\w\r", b"\\\x15\r", b"\x1b[<64;5;8M",
    b"\x1b[<65;5;8M", b"\x1b[<35;5;8M"] + [b"[", b"]", b"{", b"}", b",", b".", b"m"] * 2 + [str(i).encode() for i in range(10)] * 2
SIZES = [(80, 24)] * 4 + [(120, 40), (40, 10), (20, 3), (1, 1), (10, 1), (300, 90), (500, 200), (79, 23), (39, 8), (60, 14), (0, 0)]
