"""Owns the importance matrix: how strongly each column of each matrix is used on given texts, summed by llama.cpp.

llama.cpp calls back with every product while it reads; the squares of what goes into a matrix are summed up, as its
own `llama-imatrix` does. The file that is written is llama.cpp's own kind. Models made of experts are not covered.
"""

import ctypes
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp as ll
import numpy as np
import numpy.typing as npt

from studio.gguf.errors import NoImportance
from studio.gguf.writer import Value, Written, write_gguf
from studio.jobs.errors import OutOfMemory
from studio.language import N_, _

CHUNK = 512
MOST_TOKENS = 8_192
"""Spread over all texts; sixteen stretches, since a large model on a processor reads a few dozen tokens a second."""
_LEAST = 16
_F32 = 0
_EXPERTS = N_("the model is made of experts")
_NOTHING_SEEN = N_("the installed llama.cpp does not show its products")
_NO_TEXTS = N_("there is no text of 16 tokens or more to read")

Rows = Sequence[Sequence[int]]


class _Tensor(ctypes.Structure):
    """ggml's tensor, as `ggml.h` of the pinned release lays it out."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("ne", ctypes.c_int64 * 4),
        ("nb", ctypes.c_size_t * 4),
        ("op", ctypes.c_int),
        ("op_params", ctypes.c_int32 * 16),
        ("flags", ctypes.c_int32),
        ("src", ctypes.c_void_p * 10),
        ("view_src", ctypes.c_void_p),
        ("view_offs", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("name", ctypes.c_char * 64),
    ]


@dataclass(frozen=True, slots=True)
class Importance:
    """Sums of squares by matrix, how many tokens went through each, and how many texts and tokens were read."""

    sums: dict[str, npt.NDArray[np.float32]]
    counts: dict[str, int]
    texts: int
    tokens: int

    def means(self) -> dict[str, npt.NDArray[np.float32]]:
        """The mean square of each column, as the quantiser wants it."""
        return {name: (row / max(1, self.counts[name])).astype(np.float32) for name, row in self.sums.items()}

    def save(self, target: Path, source: str) -> Path:
        """Writes it as llama.cpp's imatrix file; raises NotSaved."""
        tensors = []
        for name in sorted(self.sums):
            row, count = self.sums[name], np.array([[self.counts[name]]], np.float32)
            tensors.append(Written(f"{name}.in_sum2", (1, len(row)), lambda row=row: row.reshape(1, -1)))  # type: ignore[misc]
            tensors.append(Written(f"{name}.counts", (1, 1), lambda count=count: count))  # type: ignore[misc]
        told: dict[str, Value] = {
            "general.type": "imatrix",
            "imatrix.datasets": [source],
            "imatrix.chunk_count": max(1, self.tokens // CHUNK),
            "imatrix.chunk_size": CHUNK,
        }
        return write_gguf(target, told, tensors)


class _Collector:
    """What llama.cpp calls back with, summed up."""

    def __init__(self) -> None:
        self.sums: dict[str, npt.NDArray[np.float32]] = {}
        self.counts: dict[str, int] = {}
        self.failure: BaseException | None = None
        self.experts = False
        self._product, self._of_experts = _operations()

    def __call__(self, place: int, ask: bool, _data: object) -> bool:
        """Told of a node before it is computed (`ask`) and after; an exception must not pass through native code."""
        try:
            return self._wanted(place) if ask else self._take(place)
        except BaseException as error:
            self.failure = self.failure or error
            return False

    def _wanted(self, place: int) -> bool:
        node = _Tensor.from_address(place)
        if node.op == self._of_experts:
            self.experts = True
        if node.op != self._product:
            return False
        weights, into = _Tensor.from_address(node.src[0]), _Tensor.from_address(node.src[1])
        return bool(weights.name.startswith(b"blk.") and into.ne[1] >= _LEAST and into.type == _F32)

    def _take(self, place: int) -> bool:
        node = _Tensor.from_address(place)
        weights, into = _Tensor.from_address(node.src[0]), _Tensor.from_address(node.src[1])
        name = weights.name.decode("ascii", "replace").partition("#")[0]
        width, rows = int(into.ne[0]), int(into.ne[1])
        flat = (ctypes.c_float * (rows * int(into.nb[1]) // 4)).from_address(into.data)
        values = np.ctypeslib.as_array(flat).reshape(rows, -1)[:, :width]
        squares = np.einsum("ij,ij->j", values, values)
        self.sums[name] = self.sums[name] + squares if name in self.sums else squares
        self.counts[name] = self.counts.get(name, 0) + rows
        return True


def _operations() -> tuple[int, int]:
    """ggml's numbers of a product and of a product of experts, by its own names."""
    from llama_cpp import _ggml

    library: Any = _ggml.libggml
    name_of = library.ggml_op_name
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.c_int]
    numbers = {name_of(number): number for number in range(64)}
    if b"MUL_MAT" not in numbers:
        raise NoImportance(reason=_(_NOTHING_SEEN))
    return numbers[b"MUL_MAT"], numbers.get(b"MUL_MAT_ID", -1)


def importance_of(
    gguf: Path, rows: Rows, threads: int, told: Callable[[float], None], check: Callable[[], None]
) -> Importance:
    """Reads the rows with the model; raises NoImportance, OutOfMemory or what `check` raises."""
    chunks = _chunks(rows)
    if not chunks:
        raise NoImportance(reason=_(_NO_TEXTS))
    collector = _Collector()
    call = ll.ggml_backend_sched_eval_callback(collector)
    model, context = _open(gguf, threads, call)
    try:
        _read(context, chunks, collector, told, check)
    finally:
        ll.llama_free(context)
        ll.llama_model_free(model)
    if collector.experts:
        raise NoImportance(reason=_(_EXPERTS))
    if collector.failure is not None:
        raise collector.failure
    if not collector.sums or not all(np.isfinite(row).all() for row in collector.sums.values()):
        raise NoImportance(reason=_(_NOTHING_SEEN))
    return Importance(collector.sums, collector.counts, len(rows), sum(map(len, chunks)))


def _chunks(rows: Rows) -> list[list[int]]:
    """Stretches of at most 512 tokens, spread over all rows where there are more than are read."""
    found = [list(row[at : at + CHUNK]) for row in rows for at in range(0, len(row), CHUNK)]
    found = [chunk for chunk in found if len(chunk) >= _LEAST]
    step = max(1.0, sum(map(len, found)) / MOST_TOKENS)
    return [found[int(number * step)] for number in range(int(len(found) / step))]


def _open(gguf: Path, threads: int, call: Any) -> tuple[Any, Any]:
    ll.llama_log_set(_SILENT, ctypes.c_void_p(0))
    settings = ll.llama_model_default_params()
    settings.n_gpu_layers, settings.use_extra_bufts = 0, False
    model = ll.llama_model_load_from_file(os.fsencode(gguf), settings)
    if not model:
        raise NoImportance(reason=_(_NOTHING_SEEN))
    wanted = ll.llama_context_default_params()
    wanted.n_ctx = wanted.n_batch = wanted.n_ubatch = CHUNK
    wanted.n_threads = wanted.n_threads_batch = threads
    wanted.cb_eval = call
    context = ll.llama_init_from_model(model, wanted)
    if not context:
        ll.llama_model_free(model)
        raise OutOfMemory(detail=f"for an importance matrix of {gguf.name}")
    return model, context


def _read(
    context: Any, chunks: list[list[int]], collector: _Collector, told: Callable[[float], None],
    check: Callable[[], None],
) -> None:  # fmt: skip
    batch = ll.llama_batch_init(CHUNK, 0, 1)
    try:
        for number, chunk in enumerate(chunks):
            check()
            batch.n_tokens = len(chunk)
            for place, token in enumerate(chunk):
                batch.token[place], batch.pos[place], batch.logits[place] = token, place, True
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
            ll.llama_memory_clear(ll.llama_get_memory(context), True)
            if ll.llama_decode(context, batch) != 0 or collector.failure is not None:
                raise collector.failure or NoImportance(reason=_(_NOTHING_SEEN))
            told((number + 1) / len(chunks))
    finally:
        ll.llama_batch_free(batch)


_SILENT = ll.llama_log_callback(lambda _level, _text, _data: None)
