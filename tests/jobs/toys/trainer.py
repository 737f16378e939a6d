"""A worker `train` that learns nothing and fails as told: TOY_TRAINS has a word an attempt, the last for the rest.

`die` before it says anything · `kill` by the system after two steps · `stuck` in native code · `freeze` as a whole ·
`linger` after it is done · `wait` until it is asked to stop · `go` to the end.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml

from studio.errors import Cancelled
from studio.files import save_atomic, sha256_of
from studio.jobs.runs import CONFIG
from studio.training.checkpoints import MANIFEST, NEEDED, folder_of
from studio.workers import _serve
from studio.workers._lifeline import tie_child
from studio.workers._serve import Request, serve

_serve.PULSE_SECONDS = float(os.environ.get("TOY_PULSE", "0.05"))
STEPS = 4


def train(request: Request):
    run = Path(request.get("run", str))
    asked = run / "asked.jsonl"  # what each attempt was asked, for the test
    before = asked.read_text().splitlines() if asked.is_file() else []
    with asked.open("a") as stream:
        stream.write(json.dumps(request.fields) + "\n")
    words = os.environ["TOY_TRAINS"].split()
    word = words[min(len(before), len(words) - 1)]
    if word == "die":
        print("no such library", file=sys.stderr, flush=True)
        os._exit(3)
    request.journal_to(run)
    step = begun(request, run)
    getattr(sys.modules[__name__], word)(request, run, step)
    return {}


def begun(request: Request, run: Path) -> int:
    """The step that it goes on from."""
    config = request.fields.get("config")
    if isinstance(config, dict):
        (run / CONFIG).write_text(yaml.safe_dump(config))
    request.emit("phase", name="train")
    request.emit("forecast", total=1 << 40)
    if request.fields.get("resume") is True:
        steps = sorted(int(path.name[5:]) for path in (run / "checkpoints").glob("step-*"))
        request.emit("resumed", step=steps[-1], of=STEPS)
        return steps[-1]
    return 0


def learn(request: Request, run: Path, step: int) -> None:
    request.emit("step", step=step, of=STEPS, loss=1 / step)
    folder = folder_of(run, step)
    if "TOY_FORGETS" not in os.environ:
        for name in NEEDED:
            save_atomic(folder / name, "kept")
        save_atomic(folder / MANIFEST, json.dumps({name: sha256_of(folder / name) for name in NEEDED}))


def kill(request: Request, run: Path, step: int) -> None:
    for number in range(step + 1, min(step + 3, STEPS)):
        learn(request, run, number)
    os.kill(os.getpid(), signal.SIGKILL)


def stuck(request: Request, run: Path, step: int) -> None:
    """The children that a training starts are stuck with it."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=tie_child)
    request.emit("child", pid=child.pid)
    import ctypes

    sys.setswitchinterval(1000)
    ctypes.PyDLL(None).sleep(60)


def freeze(request: Request, run: Path, step: int) -> None:
    learn(request, run, step + 1)
    os.kill(os.getpid(), signal.SIGSTOP)
    go(request, run, step + 1)


def linger(request: Request, run: Path, step: int) -> None:
    """What it started keeps it from ending, and from hearing that it should."""
    _serve.os._exit = lambda _code: None
    threading.Thread(target=time.sleep, args=(60,)).start()


def wait(request: Request, run: Path, step: int) -> None:
    learn(request, run, step + 1)
    while not request.cancelled.is_set():
        time.sleep(0.01)
    raise Cancelled(paused=True, step=step + 1, run=run.name) if request.pausing else Cancelled


def go(request: Request, run: Path, step: int) -> None:
    for number in range(step + 1, STEPS + 1):
        learn(request, run, number)


if __name__ == "__main__":
    serve({"train": train}, one_job=True)
