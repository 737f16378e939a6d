"""Owns running llama.cpp's own converter and quantiser, each so that it can be stopped and says how far it is."""

import ctypes
import errno
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import llama_cpp as ll

from studio.errors import NotSaved, PartMissing
from studio.gguf.errors import ConverterFailed, QuantiserFailed
from studio.gguf.quantisations import BY_QUANTISATION
from studio.setup.places import Places
from studio.workers._importance import Importance
from studio.workers._lifeline import tie_child

_WRITING = re.compile(r"Writing:\s+(\d+)%")
_TENSOR = re.compile(r"\[\s*(\d+)/\s*(\d+)\]")
_POLL = 0.1
_FULL = ("No space left on device", "Errno 28", "Disk quota exceeded")
_LITTLE = 1 << 20
_SCRIPT = Path(__file__).with_name("_convert_script.py")

Told = Callable[[float], None]


def to_gguf(
    folder: Path,
    target: Path,
    name: str,
    told: Told,
    check: Callable[[], None],
    entries: Mapping[str, object] | None = None,
) -> None:
    """Writes a Hugging Face folder as an F16 GGUF with `entries` among its own.

    `check` is called several times a second and may raise.
    """
    script = Places.here().converter / "convert_hf_to_gguf.py"
    if not script.is_file():
        raise PartMissing(part="llama.cpp's converter", reason=f"{script} is missing")
    ours = target.with_suffix(".entries.json")
    ours.write_text(json.dumps(dict(entries or {})), encoding="utf-8")
    words = [
        str(_SCRIPT),
        str(script),
        str(ours),
        str(folder),
        "--outfile",
        str(target),
        "--outtype",
        "f16",
        "--model-name",
        name,
    ]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        [sys.executable, "-P", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        preexec_fn=tie_child if sys.platform == "linux" else None,
    )
    tail: deque[str] = deque(maxlen=20)
    reader = threading.Thread(target=_follow, args=(process, tail, told), daemon=True, name="converter")
    reader.start()
    try:
        while process.poll() is None:
            check()
            reader.join(_POLL)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        reader.join()
        ours.unlink(missing_ok=True)
    if process.returncode != 0 or not target.is_file():
        if any(words in line for line in tail for words in _FULL):
            raise NotSaved(path=target, reason=os.strerror(errno.ENOSPC))
        raise ConverterFailed(path=target.name, tail="\n".join(tail)[-800:] or f"exit code {process.returncode}")


def _follow(process: "subprocess.Popen[bytes]", tail: "deque[str]", told: Told) -> None:
    """Reads what the converter says: progress bars redraw one line with carriage returns."""
    assert process.stdout is not None
    with process.stdout as stream:
        rest = b""
        while data := os.read(stream.fileno(), 1 << 14):
            *lines, rest = re.split(rb"[\r\n]", rest + data)
            for line in lines:
                text = line.decode("utf-8", "replace").strip()
                found = _WRITING.search(text)
                if found:
                    told(int(found[1]) / 100)
                elif text:
                    tail.append(text)


def quantise(
    source: Path,
    target: Path,
    kind: str,
    threads: int,
    told: Told,
    check: Callable[[], None],
    matrix: Importance | None = None,
) -> None:
    """Writes `source` quantised, by an importance matrix where one is given.

    Runs on a thread of its own, since llama.cpp offers no way to stop it. When `check` raises, the thread is left to
    end by itself, and what it still says is heard by nobody.
    """
    parameters = ll.llama_model_quantize_default_params()
    parameters.ftype, parameters.nthread = BY_QUANTISATION[kind].number, threads
    kept = _given(parameters, matrix) if matrix is not None else None
    over = threading.Event()

    def listen(_level: int, text: bytes, _data: object) -> None:
        found = _TENSOR.search(text.decode("utf-8", "replace"))
        if found and not over.is_set():
            told(int(found[1]) / max(1, int(found[2])))

    log = ll.llama_log_callback(listen)
    codes: list[int] = []

    def work(_kept: object) -> None:
        codes.append(ll.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(parameters)))

    thread = threading.Thread(
        target=work, args=((log, kept),), daemon=True, name=_THREAD
    )  # native code may be inside `log`
    ll.llama_log_set(log, ctypes.c_void_p(0))
    try:
        thread.start()
        while thread.is_alive():
            check()
            thread.join(_POLL)
    finally:
        over.set()
        ll.llama_log_set(_SILENT, ctypes.c_void_p(0))
    if codes != [0] or not target.is_file():
        _check_disk(target)
        raise QuantiserFailed(path=source.name, kind=kind, code=codes[0] if codes else "-")


def _given(parameters: Any, matrix: Importance) -> object:
    """Points the parameters at a matrix; what is returned must live as long as native code reads it."""
    rows = (ll.llama_model_imatrix_data * (len(matrix.sums) + 1))()
    kept: list[object] = [rows]
    for row, (name, means) in zip(rows, matrix.means().items(), strict=False):
        row.name, row.size = name.encode(), len(means)
        row.data = means.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        kept += [means, row.name]
    parameters.imatrix = rows
    return kept


def _check_disk(target: Path) -> None:
    """Raises NotSaved where so little is free that a write must have failed for it."""
    if shutil.disk_usage(target.parent).free < _LITTLE:
        raise NotSaved(path=target, reason=os.strerror(errno.ENOSPC))


def still_quantising() -> bool:
    """Whether native code still writes a file that nobody waits for."""
    return any(thread.name == _THREAD for thread in threading.enumerate())


_THREAD = "quantise"
_SILENT = ll.llama_log_callback(lambda _level, _text, _data: None)
