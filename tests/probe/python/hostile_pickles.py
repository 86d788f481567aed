# Objects that raise, recurse, print or lie, sent through a Pipe and a Pool. The output must be the same bare and watched.
import multiprocessing as mp
import os
import re
import sys
import threading
import time
class Raises:
    def __reduce__(self): raise ValueError("no")
class Printer:
    def __reduce__(self):
        print("reduce called"); sys.stdout.flush()
        return (Printer, (), {"lock": threading.Lock()})
class GetAttr:
    def __getattr__(self, n):
        if n.startswith('__'): raise AttributeError(n)
        print("getattr", n); return 1
    def __init__(self): self.lock = threading.RLock()
    @property
    def prop(self): print("property"); os._exit(9)
class Recurse:
    def __reduce__(self): return (Recurse, (Recurse(),))
class Meta(type):
    def __getattribute__(cls, n):
        print("meta", n) if n.startswith('q') else 0
        return type.__getattribute__(cls, n)
class WithMeta(metaclass=Meta):
    def __init__(self): self.gen = (i for i in ())
class Slots:
    __slots__ = ('a', 'b', '__weakref__')
    def __init__(self): self.a = 1; self.b = threading.Lock()
class Klass:
    @property
    def __class__(self): print("class asked"); return int
    def __init__(self): self.l = threading.Lock()
class E(Exception):
    @property
    def args(self): print("args asked"); return ()
class BadExc:
    def __reduce__(self): raise E("deep")
def deep(n):
    x = threading.Lock()
    for i in range(n): x = [x]
    return x
class Ctrl: pass
Ctrl.__name__ = "bad\x1b[31m\nname"
def ctrl():
    c = Ctrl(); c.lock = threading.Lock(); return c
class Sleeps:
    def __reduce__(self):
        time.sleep(0.05)
        return (Sleeps, (), {"lock": threading.Lock()})
class Watches:
    """Says who asks for what."""
    def __init__(self): self.lock = threading.Lock()
    def __getattribute__(self, name):
        print("asked for", name); sys.stdout.flush()
        return object.__getattribute__(self, name)
class OddDict:
    def __init__(self): self.lock = threading.Lock()
    @property
    def __dict__(self): print("dict asked"); return {"a": lambda: 0}
class Equal:
    """Compares and hashes loudly."""
    def __init__(self): self.lock = threading.Lock()
    def __eq__(self, other): print("eq asked"); return True
    def __hash__(self): print("hash asked"); return 1
    def __bool__(self): print("bool asked"); return False
    def __len__(self): print("len asked"); return 10 ** 9
class Kills:
    def __reduce__(self): os.kill(os.getpid(), 9)
def sends_what_kills(conn): conn.send([Kills()])
cases = [Raises(), Printer(), GetAttr(), Recurse(), WithMeta(), Slots(), Klass(), BadExc(), deep(50), deep(100000), ctrl(), {'a': [1, {'b': (x for x in [])}]}, lambda: 0, [list(range(100000)), threading.Lock()], sys, open('/dev/null'), mp,
         Sleeps(), Watches(), OddDict(), Equal(), {Equal(): threading.Lock()}]
a, b = mp.Pipe()
def show(e):
    m = str(e)
    return type(e).__name__ + ' ' + re.sub(r'0x[0-9a-f]+', '0x', m)[:200]
for i, c in enumerate(cases):
    try: a.send(c); print(i, "sent")
    except BaseException as e: print(i, show(e), e.__context__, e.__traceback__.tb_lineno if e.__traceback__ else None)
if __name__ == '__main__':
    with mp.Pool(2) as p:
        for i, c in enumerate(cases):
            if i == 3: continue
            try: print(i, p.apply(repr, (c,))[:3])
            except BaseException as e: print(i, show(e))
    mine, its = mp.Pipe()
    process = mp.Process(target=sends_what_kills, args=(its,))
    process.start()
    its.close()
    try: print(mine.recv())
    except EOFError: print("end of file")
    process.join()
    print(process.exitcode)
    q = mp.Queue(); q.put(1); print(q.get())
    print(mp.reduction.ForkingPickler.dumps.__func__.__qualname__, mp.reduction.ForkingPickler.loads)
