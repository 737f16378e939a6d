"""Owns what the worker `llama` answers. Knows tokens only; sessions, dice and tools live with the caller.

Requests, all ids being lists of token ids:
- `load {path, context=4096, sequences=9, threads=null, gpu_layers=null, adapter=null}`: a card of the
  model; without `gpu_layers` all lie on the GPU where llama.cpp was built for one
- `tokenise {parts: [[text, special], …]}`: `{ids: [[…], …]}`
- `decode {ids}`: `{text}`
- `generate {ids, sampling: {…}, stops: []}`: events `token {ids, text}`, then the summary; `sampling.grammar` is GBNF
- `generate_many {prompts, max_tokens, stops: []}`: greedy, `{replies: [{ids, text, stop, …}, …]}`
- `score {ids, start, file}`: float32 logits of positions start-1 … end-2, shape (n, vocabulary), saved as .npy
"""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import llama_cpp as ll

from studio.files import read_first
from studio.inference.errors import ModelNotLoaded
from studio.inference.sampling import Sampling
from studio.jobs.errors import BadRequest
from studio.jobs.protocol import Fields
from studio.workers._llama_batch import generate_many
from studio.workers._llama_model import KEPT, Generated, LlamaModel, TextStream
from studio.workers._rows import RowsFile
from studio.workers._serve import Handler, Request

_EVERY = 999
"""More layers than any model has."""


class LlamaWorker:
    """The one model of this process and the requests it answers."""

    def __init__(self) -> None:
        self._model: LlamaModel | None = None

    @property
    def model(self) -> LlamaModel:
        """The loaded model."""
        if self._model is None:
            raise BadRequest(detail="for an answer before a model was loaded")
        return self._model

    def handlers(self) -> Mapping[str, Handler]:
        """The requests by name."""
        names = ("load", "tokenise", "decode", "generate", "generate_many", "score")
        return {name: getattr(self, name) for name in names}

    def load(self, request: Request) -> Fields:
        """Loads a GGUF in place of the one before."""
        path = Path(request.get("path", str))
        adapter = request.fields.get("adapter")
        for file in (path, *([Path(adapter)] if isinstance(adapter, str) else [])):
            _check_gguf(file)
        if self._model is not None:
            self._model.close()
            self._model = None
        self._model = LlamaModel(
            path,
            context=_whole(request, "context", 4096),
            sequences=_whole(request, "sequences", 9, least=2),
            threads=_whole(request, "threads", os.cpu_count() or 2),
            gpu_layers=_whole(request, "gpu_layers", _all_layers(), least=0),
            adapter=Path(adapter) if isinstance(adapter, str) else None,
        )
        return self._card(self._model)

    @staticmethod
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
                name: model.piece(token).decode("utf-8", "replace") if token >= 0 else ""
                for name, token in special.items()
            },
        }

    def tokenise(self, request: Request) -> Fields:
        """The ids of each (text, special) part."""
        parts = request.get("parts", list)
        return {"ids": [self.model.tokenise(text, special=special) for text, special in parts]}

    def decode(self, request: Request) -> Fields:
        """The text of ids."""
        return {"text": self._text(self._ids(request.get("ids", list), least=0))}

    def _ids(self, value: list[object], *, least: int = 1) -> list[int]:
        """Token ids of this vocabulary; llama.cpp would end the process over others, or over none."""
        size = ll.llama_vocab_n_tokens(self.model.vocab)
        ids = [item for item in value if isinstance(item, int) and 0 <= item < size]
        if len(ids) != len(value) or len(ids) < least:
            raise BadRequest(detail=f"about {value[:8]!r}, not {least} or more ids of a vocabulary of {size}")
        return ids

    def _text(self, ids: list[int]) -> str:
        stream = TextStream(self.model)
        return "".join(stream.add(token) for token in ids) + stream.end()

    def generate(self, request: Request) -> Fields:
        """Streams one continuation."""
        model, stream = self.model, TextStream(self.model)
        sampling = Sampling(**request.get("sampling", dict))
        ids = self._ids(request.get("ids", list))

        def on_token(token: int) -> None:
            request.emit("token", ids=[token], text=stream.add(token))
            request.check()

        with model.stoppable(request.cancelled):
            generated = model.generate(ids, sampling, on_token, _stops(request))
        return self._summary(generated)

    def generate_many(self, request: Request) -> Fields:
        """Greedy continuations of many prompts."""
        prompts = [self._ids(prompt) for prompt in request.get("prompts", list)]
        with self.model.stoppable(request.cancelled):
            replies = generate_many(self.model, prompts, request.get("max_tokens", int), _stops(request))
        return {"replies": [self._summary(reply) for reply in replies]}

    def score(self, request: Request) -> Fields:
        """Teacher-forced logits of a stretch, saved for the caller to read."""
        model, ids, start = self.model, self._ids(request.get("ids", list)), request.get("start", int)
        if not 1 <= start < len(ids):
            raise BadRequest(detail=f"for the scores from {start} of {len(ids)} ids; the first has none")
        model.check_room(len(ids))
        count, width = len(ids) - start, ll.llama_vocab_n_tokens(model.vocab)
        model.forget()
        with RowsFile(Path(request.get("file", str)), count, width) as file, model.stoppable(request.cancelled):
            for at in range(0, len(ids), model.batch_size):
                part = ids[at : at + model.batch_size]
                model.read(part, at, KEPT, logits="all")
                for i in range(max(0, start - at - 1), min(len(part), len(ids) - 1 - at)):
                    file.add(model.logits(i)[None])
        model.forget()
        return {"rows": count}

    def _summary(self, generated: Generated) -> Fields:
        return {**asdict(generated), "text": self._text(generated.ids)}


def _stops(request: Request) -> frozenset[int]:
    stops = request.fields.get("stops")
    return frozenset(stops) if isinstance(stops, list) else frozenset()


def _whole(request: Request, key: str, usual: int, *, least: int = 1) -> int:
    """A whole number of a request, or the usual one where it says none; 0 also says none where it cannot be meant."""
    value = request.fields.get(key)
    if value is None or (value == 0 and least > 0):
        value = usual
    if not isinstance(value, int) or value < least:
        raise BadRequest(detail=f"to {request.do} with {key}={value!r}")
    return value


def _all_layers() -> int:
    """How many layers go to the GPU when nobody says: all where llama.cpp has one, else none."""
    return _EVERY if ll.llama_supports_gpu_offload() else 0


def _check_gguf(path: Path) -> None:
    """Says what llama.cpp's one answer, no, would hide: missing, unreadable, or no GGUF at all."""
    if read_first(path, 4) != b"GGUF":
        raise ModelNotLoaded(path=path)
