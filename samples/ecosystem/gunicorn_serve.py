"""gunicorn: two worker processes answer twenty requests, then the arbiter is told to end."""
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("hello " + environ["QUERY_STRING"]).encode()]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, text):
    for _ in range(200):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/?%s" % (port, text), timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.05)
    return "no answer"


if __name__ == "__main__":
    port = free_port()
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "-w", "2", "-b", "127.0.0.1:%d" % port, "--log-level", "critical",
                               "gunicorn_serve:app"])
    for number in range(20):
        print(ask(port, str(number)))
    server.send_signal(signal.SIGTERM)
    print("status", server.wait())
