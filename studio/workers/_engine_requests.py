"""Owns what the workers `llama` and `hf` answer alike. Knows tokens only; dice, sheets and tools live with the caller.

Requests, all ids being lists of token ids; `load` is each worker's own:
- `tokenise {parts: [[text, special], …]}`: `{ids: [[…], …]}`
- `decode {ids}`: `{text}`
- `generate {ids, sampling: {…}, stops: []}`: events `progress {read, of}` while the prompt is read, then `token {ids,
  text}`, the first token at once, later ones several to an event, `ids` empty where only the end of a character was
  left, then the summary; `sampling.grammar` is GBNF
- `generate_many {prompts, max_tokens, grammars: [], stops: []}`: greedy, `{replies: [{ids, text, stop, …}, …]}`; events
  `progress` about once a second. `max_tokens` is one number or one a prompt, `grammars` null or a text a prompt
- `score {ids, start, file}`: float32 logits of positions start-1 … end-2, shape (n, vocabulary), saved as .npy
- `bench {prompt_tokens, new_tokens}`: the seconds of reading so many tokens and of writing so many after them
- `forget {}`: empties the cache
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from studio.inference.sampling import Sampling
from studio.jobs.errors import BadRequest
from studio.jobs.protocol import Fields
from studio.workers._continuing import Asked, Generated
from studio.workers._rows import RowsFile
from studio.workers._serve import Handler, Request

_BENCHED = "The old mill stands above the river, and nobody has seen the miller since the first snow fell. "
_TOLD_SECONDS = 1.0
_TOGETHER_SECONDS = 0.025
"""Tokens that come within this time are told together: each message costs time of a core that the model computes on."""


class Stream(Protocol):
    """Turns tokens into text that is never cut inside a character."""

    def add(self, token: int) -> str:
        """The characters that this token completes."""

    def end(self) -> str:
        """What is left."""


class Model(Protocol):
    """A loaded model and its cache, used from one thread only; raises ContextTooSmall, Cancelled and its own errors."""

    vocabulary: int

    def tokenise(self, text: str, *, special: bool) -> list[int]:
        """The ids of a text, nothing added."""

    def stream(self) -> Stream:
        """A new text."""

    def stoppable(self, cancelled: Event) -> AbstractContextManager[None]:
        """While inside, work ends soon after the event is set."""

    def check_room(self, needed: int) -> None:
        """Raises ContextTooSmall where that many tokens do not fit."""

    def forget(self) -> None:
        """Empties the cache."""

    def prepare(self, prompt: Sequence[int], room: int) -> int:
        """Brings the kept talk to a prompt; how much of it stood in the cache."""

    def append(self, token: int) -> None:
        """Puts one token at the end of the kept talk."""

    def logits(self, row: int) -> npt.NDArray[np.float32]:
        """What is expected after the last token read (row -1)."""

    def generate(
        self,
        prompt: Sequence[int],
        sampling: Sampling,
        on_token: Callable[[int], None],
        stops: frozenset[int],
        on_read: Callable[[int], None] | None = None,
    ) -> Generated:
        """Continues a prompt; `on_read` hears how much of it stands in the cache."""

    def scores(self, ids: Sequence[int], start: int) -> Iterator[npt.NDArray[np.float32]]:
        """The logits for each id from `start` on, in stretches."""


M = TypeVar("M", bound=Model)
AnswerMany = Callable[[M, Sequence[Asked], frozenset[int], Callable[[], None]], list[Generated]]
"""Continues many prompts with what is likeliest, until the model or a stop token ends each; tells as it goes on."""


class EngineRequests(Generic[M]):
    """The one model of this process and the requests it answers."""

    def __init__(self, answer_many: AnswerMany[M]) -> None:
        self._model: M | None = None
        self._answer_many = answer_many

    @property
    def model(self) -> M:
        """The loaded model."""
        if self._model is None:
            raise BadRequest(detail="for an answer before a model was loaded")
        return self._model

    def handlers(self) -> Mapping[str, Handler]:
        """The requests by name."""
        names = ("load", "tokenise", "decode", "generate", "generate_many", "score", "bench", "forget")
        return {name: getattr(self, name) for name in names}

    def load(self, request: Request) -> Fields:
        """Loads a model in place of the one before."""
        raise NotImplementedError

    def tokenise(self, request: Request) -> Fields:
        """The ids of each (text, special) part."""
        parts = request.get("parts", list)
        return {"ids": [self.model.tokenise(text, special=special) for text, special in parts]}

    def decode(self, request: Request) -> Fields:
        """The text of ids."""
        return {"text": self._text(self._ids(request.get("ids", list), least=0))}

    def _ids(self, value: object, *, least: int = 1) -> list[int]:
        """Token ids of this vocabulary; a library may end the process over others, or over none."""
        given, size = value if isinstance(value, list) else [None], self.model.vocabulary
        ids = [item for item in given if type(item) is int and 0 <= item < size]
        if len(ids) != len(given) or len(ids) < least:
            raise BadRequest(detail=f"about {given[:8]!r}, not {least} or more ids of a vocabulary of {size}")
        return ids

    def _text(self, ids: list[int]) -> str:
        stream = self.model.stream()
        return "".join(stream.add(token) for token in ids) + stream.end()

    def generate(self, request: Request) -> Fields:
        """Streams one continuation."""
        model, stream = self.model, self.model.stream()
        sampling = Sampling(**request.get("sampling", dict))
        ids = self._ids(request.get("ids", list))

        words = Words(request.emit)

        def on_token(token: int) -> None:
            words.add(token, stream.add(token))
            request.check()

        def on_read(read: int) -> None:
            request.emit("progress", read=read, of=len(ids))
            request.check()

        try:
            with model.stoppable(request.cancelled):
                generated = model.generate(ids, sampling, on_token, _stops(request), on_read)
            words.text += stream.end()  # a character that the last token left open
        finally:
            words.tell()
        return self._summary(generated)

    def generate_many(self, request: Request) -> Fields:
        """Greedy continuations of many prompts."""
        asked = self._asked(request)
        with self.model.stoppable(request.cancelled):
            replies = self._answer_many(self.model, asked, _stops(request), _teller(request))
        return {"replies": [self._summary(reply) for reply in replies]}

    def _asked(self, request: Request) -> list[Asked]:
        prompts = [self._ids(prompt) for prompt in request.get("prompts", list)]
        sizes, grammars = request.fields.get("max_tokens"), request.fields.get("grammars")
        sizes = sizes if isinstance(sizes, list) else [sizes] * len(prompts)
        grammars = grammars if isinstance(grammars, list) else [None] * len(prompts)
        good = all(type(size) is int and size > 0 for size in sizes)
        good = good and all(grammar is None or isinstance(grammar, str) for grammar in grammars)
        if not good or not len(prompts) == len(sizes) == len(grammars):
            told = f"max_tokens={sizes[:8]!r} and {len(grammars)} grammars"
            raise BadRequest(detail=f"for {len(prompts)} answers with {told}")
        return [Asked(*one) for one in zip(prompts, sizes, grammars, strict=True)]

    def score(self, request: Request) -> Fields:
        """Teacher-forced logits of a stretch, saved for the caller to read."""
        model, ids, start = self.model, self._ids(request.get("ids", list)), request.get("start", int)
        if not 1 <= start < len(ids):
            raise BadRequest(detail=f"for the scores from {start} of {len(ids)} ids; the first has none")
        model.check_room(len(ids))
        told = _teller(request)
        count, path = len(ids) - start, Path(request.get("file", str))
        with RowsFile(path, count, model.vocabulary) as file, model.stoppable(request.cancelled):
            for rows in model.scores(ids, start):
                told()
                file.add(rows)
        return {"rows": count}

    def bench(self, request: Request) -> Fields:
        """How long reading and writing take, from an empty cache; what the model says does not end it."""
        model, size, new = self.model, request.get("prompt_tokens", int), request.get("new_tokens", int)
        if size < 1 or new < 1:
            raise BadRequest(detail=f"to read {size} tokens and write {new}")
        model.check_room(size + new)
        text = model.tokenise(_BENCHED, special=False)
        prompt = (text * (size // len(text) + 1))[:size]
        model.forget()
        with model.stoppable(request.cancelled):
            started = time.perf_counter()
            model.prepare(prompt, new)
            token, told = int(model.logits(-1).argmax()), _teller(request)
            first = time.perf_counter()
            for _token in range(new - 1):
                told()
                model.append(token)
                token = int(model.logits(-1).argmax())
            ended = time.perf_counter()
        model.forget()
        return {"first_token": first - started, "writing": ended - first}

    def forget(self, _request: Request) -> Fields:
        """Empties the cache."""
        self.model.forget()
        return {}

    def _summary(self, generated: Generated) -> Fields:
        return {**asdict(generated), "text": self._text(generated.ids)}


class Words:
    """The tokens of an answer that are still to be told."""

    def __init__(self, emit: Callable[..., None]) -> None:
        self._emit = emit
        self._ids: list[int] = []
        self._told = -_TOGETHER_SECONDS
        self.text = ""

    def add(self, token: int, text: str) -> None:
        """Takes in the next token, and tells those that are due."""
        self._ids.append(token)
        self.text += text
        if time.monotonic() - self._told >= _TOGETHER_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Tells all there is."""
        if self._ids or self.text:
            self._emit("token", ids=self._ids, text=self.text)
            self._ids, self.text, self._told = [], "", time.monotonic()


def _teller(request: Request) -> Callable[[], None]:
    """What work calls as it gets on: says so about once a second, and raises Cancelled once it is to end."""
    last = time.monotonic()

    def told() -> None:
        nonlocal last
        request.check()
        if time.monotonic() - last >= _TOLD_SECONDS:
            request.emit("progress")
            last = time.monotonic()

    return told


def _stops(request: Request) -> frozenset[int]:
    stops = request.fields.get("stops")
    return frozenset(stops) if isinstance(stops, list) else frozenset()


def whole(request: Request, key: str, usual: int, *, least: int = 1) -> int:
    """A whole number of a request, or the usual one where it says none; 0 also says none where it cannot be meant."""
    value = request.fields.get(key)
    if value is None or (value == 0 and least > 0):
        value = usual
    if not isinstance(value, int) or value < least:
        raise BadRequest(detail=f"to {request.do} with {key}={value!r}")
    return value
