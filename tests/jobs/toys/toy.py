"""A worker that does what a test asks, over the real `serve`. TOY_WITHOUT takes a defence away."""

import ctypes
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from studio.jobs.protocol import encode
from studio.workers import _serve
from studio.workers._lifeline import tie_child
from studio.workers._serve import Request, serve

WITHOUT = os.environ.get("TOY_WITHOUT", "")


def echo(request):
    return {"said": request.fields.get("say")}


def count(request):
    for number in range(request.get("to", int)):
        request.emit("number", value=number)


def wait(request):
    request.emit("waiting")
    while True:
        request.check()
        time.sleep(0.01)


def stuck(request: Request):
    """Native code that never gives Python's lock back, as a hung kernel or driver would."""
    sys.setswitchinterval(1000)
    native = ctypes.PyDLL(None)
    line = encode({"event": "stuck", "id": request.number})
    native.write(request._port._output.fileno(), line, len(line))  # said from below, so that it holds when it is heard
    native.sleep(60)


def speak(request):
    """A library that prints, from Python and from below it."""
    print("epoch 1 of 3")
    os.write(1, b"loading shards\n")
    return {"read": sys.stdin.read()}


def rubbish(request):
    request._port._output.write(request.get("line", str).encode() + b"\n")
    request._port._output.flush()
    return {}


def start_child(request):
    tied = tie_child if request.get("tied", bool) else None
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=tied)
    return {"child": child.pid}


def journal(request):
    request.journal_to(Path(request.get("folder", str)))
    for number in range(3):
        request.emit("step", step=number)
    return {}


def fail(request):
    raise {"memory": MemoryError(), "bug": KeyError("loss"), "exit": SystemExit(2), "full": OSError(28, "No space")}[
        request.get("how", str)
    ]


def stray(request):
    """Native code that nobody can stop goes on telling after its request was cancelled."""
    ended = request._port.send

    def send(message):
        ended(message)
        if message["event"] == "cancelled":
            threading.Thread(target=request.emit, args=("progress",), kwargs={"fraction": 0.9}).start()

    request._port.send = send
    wait(request)


def unsayable(request):
    return {"model": object()}


def last_words(request):
    print("the dice are cast", file=sys.stderr)
    os._exit(3)


HANDLERS = {
    f.__name__: f
    for f in (echo, count, wait, stuck, speak, rubbish, start_child, journal, fail, stray, unsayable, last_words)
}


class Undefended(_serve.Port):
    """Speaks the protocol on the descriptors that libraries print to."""

    def __init__(self):
        super().__init__()
        os.dup2(self._output.fileno(), 1)


if __name__ == "__main__":
    if "hello" in WITHOUT:
        time.sleep(60)
    if "lifeline" in WITHOUT:
        _serve.die_with_parent = lambda: None
    if "descriptors" in WITHOUT:
        _serve.Port = Undefended
    if "endings" in WITHOUT:
        _serve.ENDINGS = frozenset()
    if "library" in WITHOUT:
        serve(lambda: __import__("a_library_that_nobody_has"), part="the library")
    serve(HANDLERS)
