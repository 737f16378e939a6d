"""Owns how the worker `llama` loads a GGUF; what it answers then stands in `_engine_requests`.

`load {path, context=4096, sequences=9, threads=null, gpu_layers=null, adapter=null, kv_type="f16",
flash_attention=null}`: a card of the model; without `gpu_layers` all lie on the GPU where llama.cpp was built for one.
Keys and values are kept as f16, q8_0 or q4_0. Events `progress {fraction}` while the file is read.
"""

import os
from collections.abc import Callable
from pathlib import Path

import llama_cpp as ll

from studio.files import read_first
from studio.inference.errors import ModelNotLoaded
from studio.jobs.errors import BadRequest
from studio.jobs.protocol import Fields
from studio.workers._engine_requests import EngineRequests, whole
from studio.workers._llama_batch import answer_many
from studio.workers._llama_model import KV_TYPES, LlamaModel
from studio.workers._serve import Request

_TOLD = 0.01
_EVERY = 999
"""More layers than any model has."""


class LlamaWorker(EngineRequests[LlamaModel]):
    """The one GGUF of this process and the requests it answers."""

    def __init__(self) -> None:
        super().__init__(answer_many)

    def load(self, request: Request) -> Fields:
        """Loads a GGUF in place of the one before."""
        path = Path(request.get("path", str))
        adapter = request.fields.get("adapter")
        for file in (path, *([Path(adapter)] if isinstance(adapter, str) else [])):
            _check_gguf(file)
        if self._model is not None:
            self._model.close()
            self._model = None
        self._model = model = LlamaModel(
            path,
            context=whole(request, "context", 4096),
            sequences=whole(request, "sequences", 9, least=2),
            threads=whole(request, "threads", os.cpu_count() or 2),
            gpu_layers=whole(request, "gpu_layers", _all_layers(), least=0),
            adapter=Path(adapter) if isinstance(adapter, str) else None,
            kv_type=_kv_type(request),
            flash_attention=_flash(request),
            told=_teller(request),
        )
        return _card(model)


def _teller(request: Request) -> Callable[[float], None]:
    """Tells each hundredth of a file that is read; raises Cancelled."""
    last = -1.0

    def told(fraction: float) -> None:
        nonlocal last
        request.check()
        if fraction - last >= _TOLD or fraction >= 1.0:
            last = fraction
            request.emit("progress", fraction=fraction)

    return told


def _kv_type(request: Request) -> str:
    name = request.fields.get("kv_type") or "f16"
    if name not in KV_TYPES:
        raise BadRequest(detail=f"to load with kv_type={name!r}")
    return str(name)


def _flash(request: Request) -> bool | None:
    value = request.fields.get("flash_attention")
    if value is not None and not isinstance(value, bool):
        raise BadRequest(detail=f"to load with flash_attention={value!r}")
    return value


def _card(model: LlamaModel) -> Fields:
    vocabulary = model.vocab
    template = ll.llama_model_chat_template(model.model, None)
    special = {"bos": ll.llama_vocab_bos(vocabulary), "eos": ll.llama_vocab_eos(vocabulary)}
    return {
        "name": model.metadata("general.name") or model.path.stem,
        "architecture": model.metadata("general.architecture"),
        "template": template.decode("utf-8", "replace") if template else None,
        "context": model.context_size,
        "trained_context": ll.llama_model_n_ctx_train(model.model),
        "parameters": ll.llama_model_n_params(model.model),
        "bytes": ll.llama_model_size(model.model),
        "gpu": bool(ll.llama_supports_gpu_offload()),
        "adds_bos": model.metadata("tokenizer.ggml.add_bos_token") == "true",  # as training reads it
        **{
            name: model.piece(token).decode("utf-8", "replace") if token >= 0 else "" for name, token in special.items()
        },
    }


def _all_layers() -> int:
    """How many layers go to the GPU when nobody says: all where llama.cpp has one, else none."""
    return _EVERY if ll.llama_supports_gpu_offload() else 0


def _check_gguf(path: Path) -> None:
    """Says what llama.cpp's one answer, no, would hide: missing, unreadable, or no GGUF at all."""
    if read_first(path, 4) != b"GGUF":
        raise ModelNotLoaded(path=path)
