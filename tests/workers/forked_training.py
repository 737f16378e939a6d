"""Child of conftest: trainings by the worker's own code, each in a fork of its own, for torch takes long to import.

Each line of stdin is a job: `{"fields": …}` as the worker gets them, with `die` (`POINT:N`: SIGKILL at the N-th time
that POINT is reached), `after` (SIGKILL after so many seconds), `cancel` (asked to pause, or to `stop`, at the `event`
of that step), `poison` (no numbers in that step's gradients), `room` (for the states of lower layers), `limit` (at the
N-th checkpoint files can have `bytes` bytes), `kill` (with that step the processes are written down, and that of
`whose` is killed, or `frozen`: the worker's `own`, or the one `beside` it), `full` (that one has memory for rows of one
only), `plain` (examples are not drawn by weight: processes beside the worker know nothing of that), `started` (these
are started as they are elsewhere, and not forked too), and `without` (defences that are removed). Each line of stdout
says how it ended:
`{"ended": …, "events": […]}`.
"""

import contextlib
import dataclasses
import functools
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import psutil
import torch

import studio.training.checkpoints as checkpoints
import studio.training.material as material
import studio.workers._adapter as adapter
import studio.workers._base as base
import studio.workers._course as course
import studio.workers._crew as crew
import studio.workers._hearing as hearing
import studio.workers._keeping as keeping
import studio.workers._lower as lower
import studio.workers._optimiser as optimiser
import studio.workers._rank as rank
import studio.workers._ranks as ranks
import studio.workers._resume as resume
import studio.workers._serve as serving
import studio.workers._trainee as trainee
import studio.workers.train as training
from studio.errors import from_event
from studio.workers._serve import Request

POINTS: dict[str, tuple[Any, str]] = {
    "backward": (torch.autograd, "backward"),
    "take": (optimiser.Optimiser, "step"),
    "copy": (adapter.Adapter, "_copy_back"),
    "look": (trainee.Trainee, "look"),
    "keep": (keeping.Keeper, "keep"),
    "tensors": (adapter, "save_file"),
    "hash": (adapter, "sha256_of"),
    "sync": (adapter, "_sync"),
    "rename": (base, "_take_place"),
    "rotate": (keeping, "rotate"),
    "remove": (checkpoints.shutil, "rmtree"),
    "resume": (trainee.Trainee, "take_up"),
    "measure": (training, "plan"),
    "finish": (course.Course, "finish"),
    "report": (training, "write_report"),
}
"""Where a kill can come: when the call is made, or, with a `+` before the name, when it returns."""


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _deadly(point: str) -> None:
    name, _colon, count = point.partition(":")
    place, attribute = POINTS[name.lstrip("+~")]
    real, left = getattr(place, attribute), [int(count)]

    def counted(*arguments: Any, **named: Any) -> Any:
        if name.endswith("remove") and ".gone-" not in str(arguments[0]):
            return real(*arguments, **named)
        left[0] -= 1
        if left[0] == 0 and name.startswith("~"):
            _half(arguments)
        if left[0] == 0 and not name.startswith("+"):
            _die()
        result = real(*arguments, **named)
        if left[0] == 0:
            _die()
        return result

    setattr(place, attribute, counted)


def _half(arguments: tuple[Any, ...]) -> None:
    """The call half done: a file half written, a folder half removed."""
    path = Path(arguments[-1])
    if path.is_dir():
        for file in sorted(path.iterdir())[::2]:
            file.unlink()
    else:
        path.write_bytes(b"\x10\x27\0\0\0\0\0\0{")


def _nothing(*_arguments: object, **_named: object) -> None:
    return None


WITHOUT: dict[str, Callable[[], None]] = {
    "generators": lambda: setattr(trainee, "set_generators", _nothing),
    "optimiser": lambda: setattr(optimiser.Optimiser, "take_up", _nothing),
    "order": lambda: setattr(course, "islice", lambda found, *_bounds: found),
    "finite": lambda: setattr(adapter.torch, "isfinite", lambda _value: torch.ones((), dtype=torch.bool)),
    "sum": lambda: setattr(ranks.Ranks, "sum_up", lambda _self, _adapter, loss: loss),
    "hashes": lambda: setattr(checkpoints.Checkpoint, "verify", _nothing),
}


class Port:
    """Where a worker's events go; asks to pause, or breaks the weights, at a step."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.sent: list[dict[str, object]] = []
        self.job, self.request = job, Request(self, 1, "train", job["fields"])

    def send(self, message: dict[str, object]) -> None:
        self.sent.append(message)
        if message["event"] == self.job.get("event", "step") and message.get("step") == self.job.get("cancel"):
            self.request.pausing = not self.job.get("stop")
            self.request.cancelled.set()
        if message["event"] == "step" and message.get("step") == self.job.get("kill"):
            beside = [child.pid for child in psutil.Process().children()]
            (Path(self.job["fields"]["run"]) / "beside.json").write_text(json.dumps(beside))
            how = signal.SIGSTOP if self.job.get("frozen") else signal.SIGKILL
            os.kill(os.getpid() if self.job["whose"] == "own" else beside[0], how)


class Beside:
    """A process beside the worker, as a fork; torch need not be imported once more."""

    def __init__(self, numbers: dict[str, str]) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            with contextlib.suppress(BaseException):
                os.environ.update(numbers)
                os._exit(rank.main())
            os._exit(9)

    def poll(self) -> int | None:
        if self.returncode is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if found else None
        return self.returncode

    def wait(self, timeout: float = 60.0) -> None:
        until = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("rank", timeout)
            time.sleep(0.01)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


GATHER, CHILD = material.gather, crew.Crew._child


def _weighted() -> None:
    """Examples that are drawn by weight, as those of a build are."""

    def gathered(*arguments: Any) -> Any:
        found = GATHER(*arguments)
        rows = (dataclasses.replace(row, weight=0.4 + 0.4 * n) for n, row in enumerate(found.examples))
        return dataclasses.replace(found, examples=tuple(rows))

    material.gather = gathered


def _full_beside() -> None:
    """Too little memory beside the worker for more than one example in a row."""
    real = trainee.Passes._tried

    def tried(self: Any, examples: Any, size: int, whole: float) -> float:
        if os.environ.get("RANK") == "1" and size > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, examples, size, whole)

    trainee.Passes._tried = tried


def _poisoned(step: int) -> None:
    """Gradients that are no numbers at a step, with a loss that is one."""
    real = trainee.Passes.gradients

    def gradients(self: Any, examples: Any, at: int = 0) -> float:
        loss: float = real(self, examples, at)
        if at == step:
            next(w for w in self._adapter.model.parameters() if w.grad is not None).grad.fill_(float("nan"))
        return loss

    trainee.Passes.gradients = gradients


def _run(job: dict[str, Any]) -> dict[str, Any]:
    if job.get("plain"):
        material.gather = GATHER
    else:
        _weighted()
    crew.Crew._child = CHILD if job.get("started") else lambda self, number: Beside(self._numbers(number))
    if job.get("full"):
        _full_beside()
    if job.get("room"):
        lower.KEPT_MOST = job["room"]
    if job.get("frozen"):
        hearing.BEAT_SECONDS, hearing.SILENT_BEATS = 0.1, 15
    for name in job.get("without", ()):
        WITHOUT[name]()
    if job.get("die"):
        _deadly(job["die"])
    if job.get("after"):
        threading.Timer(job["after"], _die).start()
    if job.get("poison"):
        _poisoned(job["poison"])
    if job.get("limit"):
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _at_keep(
            job["limit"], lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (job["bytes"], resource.RLIM_INFINITY))
        )
    port = Port(job)
    serving._run(lambda _do: training.train, port.request)
    *events, last = port.sent
    if last["event"] != "failed":
        return {**last, "ended": last["event"], "events": events}
    error = from_event(str(last["code"]), last["fields"])
    return {"ended": error.code, "exit": error.exit_code, "sentence": str(error), "events": events}


def _at_keep(count: int, then: Callable[[], None]) -> None:
    """Does something just before the N-th checkpoint."""
    real, left = keeping.Keeper.keep, [count]

    def keep(self: Any, *arguments: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            then()
        real(self, *arguments)

    keeping.Keeper.keep = keep


def _forked(job: dict[str, Any]) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with contextlib.suppress(BaseException):
            told = json.dumps(_run(job), default=str).encode()
            with os.fdopen(writer, "wb") as stream:
                stream.write(told)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        told = stream.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"ended": signal.Signals(os.WTERMSIG(status)).name}
    found: dict[str, Any] = json.loads(told)
    return found


def main() -> None:
    """Does jobs until stdin ends; the first in this very process, so that what libraries load late is there for all."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    training.open_base = resume.open_base = rank.open_base = functools.cache(training.open_base)
    for number, line in enumerate(sys.stdin):
        job = json.loads(line)
        print(json.dumps(_run(job) if number == 0 else _forked(job), default=str), file=out, flush=True)
        gc.freeze()  # a fork need not look through what was there before it


if __name__ == "__main__":
    main()
