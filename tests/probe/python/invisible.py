# What Python code can ask about the functions the helper stands behind, and about itself. The same bare and watched.
import copyreg
import faulthandler
import gc
import inspect
import io
import multiprocessing as mp
import multiprocessing.connection
import multiprocessing.reduction as reduction
import os
import pickle
import signal
import struct
import sys
import threading
import tracemalloc
import _pickle
import _thread

calls = []


def watched():
    return [_pickle.dumps, _pickle.loads, _pickle.load, _pickle.Pickler.dump, _pickle.Unpickler.find_class, sys.exc_info, sys.exit,
            struct.pack, os._exit, getattr(sys, "exception", None), getattr(_thread, "_excepthook", None), sys.__excepthook__]


def look(f):
    if f is None:
        return "none"
    kind = type(f).__name__
    try:
        signature = str(inspect.signature(f))
    except ValueError as error:
        signature = "no signature"
    return "%s %s %s %r %s" % (kind, getattr(f, "__qualname__", ""), signature, (f.__doc__ or "")[:30],
                               getattr(f, "__module__", "?"))


class Own(pickle.Pickler):
    def reducer_override(self, o):
        return NotImplemented


class OwnForking(reduction.ForkingPickler):
    pass


class Thing(object):
    def __reduce__(self):
        frame = sys._getframe(1)
        calls.append(frame.f_code.co_name)
        return (Thing, ())


def trace(frame, event, arg):
    calls.append((event, frame.f_code.co_name))
    return trace


def profile(frame, event, arg):
    if event.startswith("c_"):
        calls.append((event, arg.__name__))


def send_one():
    a, b = mp.Pipe()
    a.send({"a": [1, 2]})
    return b.recv()


def with_monitoring():
    if not hasattr(sys, "monitoring"):
        return
    m = sys.monitoring
    m.use_tool_id(4, "test")
    seen = []
    m.register_callback(4, m.events.CALL, lambda code, offset, f, arg: seen.append(getattr(f, "__name__", "?")))
    m.set_events(4, m.events.CALL)
    send_one()
    m.set_events(4, 0)
    m.free_tool_id(4)
    print("monitoring", seen)


def task(x):
    if x == 3:
        raise ValueError(x)
    return x


if __name__ == "__main__":
    for f in watched():
        print(look(f))
    out = io.BytesIO()
    Own(out).dump([1, Thing()])
    OwnForking(out).dump(Thing())
    OwnForking.register(Thing, lambda t: (str, ("replaced",)))
    print(pickle.loads(OwnForking.dumps(Thing())), calls, sorted(map(str, copyreg.dispatch_table))[:1])
    del calls[:]
    sys.settrace(trace)
    send_one()
    sys.settrace(None)
    print("trace", calls[:60], len(calls))
    del calls[:]
    sys.setprofile(profile)
    send_one()
    sys.setprofile(None)
    print("profile", calls)
    with_monitoring()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(50):
        send_one()
    gc.collect()
    print("objects", len(gc.get_objects()) - before)
    tracemalloc.start(5)
    send_one()
    size = tracemalloc.get_traced_memory()[0]
    for _ in range(20):
        try:
            mp.Pipe()[0].send(threading.Lock())
        except TypeError:
            pass
    gc.collect()
    print("traced", abs(tracemalloc.get_traced_memory()[0] - size) < 20000)
    tracemalloc.stop()
    with mp.Pool(1) as pool:
        for x in (2, 3):
            try:
                print(pool.apply(task, (x,)))
            except ValueError as error:
                cause = error.__cause__
                print(type(cause).__name__, str(cause).count("\n"), error.__context__, error.args)
    faulthandler.enable()
    print(sorted(k for k in sys.modules if "mpw" in k), sorted(k for k in os.environ if "MPW" in k), threading.active_count(),
          [signal.getsignal(n) for n in (signal.SIGSEGV, signal.SIGUSR1)])
    try:
        try:
            import _interpreters as inner
        except ImportError:
            import _xxsubinterpreters as inner
        number = inner.create()
        inner.run_string(number, "import pickle, sys; pickle.loads(pickle.dumps([1]))\n"
                                 "try: sys.exit(3)\nexcept SystemExit: pass")
        inner.destroy(number)
        print("sub-interpreter done")
    except ImportError:
        print("no sub-interpreters")

    def forever():
        a, b = mp.Pipe()
        while True:
            a.send([1])
            b.recv()
    threading.Thread(target=forever, daemon=True).start()
    print("end")
