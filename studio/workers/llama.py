"""Worker `llama`: one GGUF behind the protocol. Knows tokens only; sessions, dice and tools live with the caller.

Requests, all ids being lists of token ids:
- `load {path, context=4096, sequences=9, threads=0, gpu_layers=0, adapter=null}`: a card of the model
- `tokenise {parts: [[text, special], …]}`: `{ids: [[…], …]}`
- `decode {ids}`: `{text}`
- `generate {ids, sampling: {…}, stops: []}`: events `token {ids, text}`, then the summary
- `generate_many {prompts, max_tokens, stops: []}`: greedy, `{replies: [{ids, text, stop, …}, …]}`
- `score {ids, start, file}`: float32 logits of positions start-1 … end-2, shape (n, vocabulary), saved as .npy
"""

import os
from dataclasses import asdict
from pathlib import Path

import llama_cpp as ll
import numpy as np

from studio.errors import PathMissing
from studio.jobs.protocol import Fields
from studio.workers._llama_batch import generate_many
from studio.workers._llama_model import Generated, LlamaModel, Sampling, TextStream
from studio.workers._serve import BadRequest, Request, serve


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

    def load(self, request: Request) -> Fields:
        """Loads a GGUF in place of the one before."""
        path = Path(request.get("path", str))
        adapter = request.fields.get("adapter")
        if not path.is_file():
            raise PathMissing(path=path)
        if self._model is not None:
            self._model.close()
            self._model = None
        self._model = LlamaModel(
            path,
            context=int(request.fields.get("context") or 4096),  # type: ignore[call-overload]  # JSON number
            sequences=int(request.fields.get("sequences") or 9),  # type: ignore[call-overload]  # JSON number
            threads=int(request.fields.get("threads") or os.cpu_count() or 2),  # type: ignore[call-overload]  # JSON number
            gpu_layers=int(request.fields.get("gpu_layers") or 0),  # type: ignore[call-overload]  # JSON number
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
            **{name: model.piece(token).decode() if token >= 0 else "" for name, token in special.items()},
        }

    def tokenise(self, request: Request) -> Fields:
        """The ids of each (text, special) part."""
        parts = request.get("parts", list)
        return {"ids": [self.model.tokenise(text, special=special) for text, special in parts]}

    def decode(self, request: Request) -> Fields:
        """The text of ids."""
        return {"text": self._text(request.get("ids", list))}

    def _text(self, ids: list[int]) -> str:
        stream = TextStream(self.model)
        return "".join(stream.add(token) for token in ids) + stream.end()

    def generate(self, request: Request) -> Fields:
        """Streams one continuation."""
        model, stream = self.model, TextStream(self.model)
        sampling = Sampling(**request.get("sampling", dict))

        def on_token(token: int) -> None:
            request.emit("token", ids=[token], text=stream.add(token))
            request.check()

        with model.stoppable(request.cancelled):
            generated = model.generate(request.get("ids", list), sampling, on_token, _stops(request))
        return self._summary(generated)

    def generate_many(self, request: Request) -> Fields:
        """Greedy continuations of many prompts."""
        with self.model.stoppable(request.cancelled):
            prompts, limit = request.get("prompts", list), request.get("max_tokens", int)
            replies = generate_many(self.model, prompts, limit, _stops(request))
        return {"replies": [self._summary(reply) for reply in replies]}

    def score(self, request: Request) -> Fields:
        """Teacher-forced logits of a stretch, saved for the caller to read."""
        model, ids, start = self.model, request.get("ids", list), request.get("start", int)
        model.forget()
        rows = np.empty((len(ids) - start, ll.llama_vocab_n_tokens(model.vocab)), dtype=np.float32)
        with model.stoppable(request.cancelled):
            for at in range(0, len(ids), model.batch_size):
                part = ids[at : at + model.batch_size]
                model.read(part, at, 0, logits="all")
                for i in range(len(part)):
                    if start <= at + i + 1 < len(ids):
                        rows[at + i + 1 - start] = model.logits(i)
        model.forget()
        np.save(request.get("file", str), rows, allow_pickle=False)
        return {"rows": len(rows)}

    def _summary(self, generated: Generated) -> Fields:
        return {**asdict(generated), "text": self._text(generated.ids)}


def _stops(request: Request) -> frozenset[int]:
    stops = request.fields.get("stops")
    return frozenset(stops) if isinstance(stops, list) else frozenset()


def main() -> None:
    """Serves until stdin ends."""
    worker = LlamaWorker()
    names = ("load", "tokenise", "decode", "generate", "generate_many", "score")
    serve({name: getattr(worker, name) for name in names})


if __name__ == "__main__":
    main()
