"""Owns one transformers model in memory with the cache of one talk; knows tokens, not chats.

Ids and text are the studio's own tokeniser's, so that they are those of training and of the converted file.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import DynamicCache

from studio.errors import Cancelled
from studio.gguf.base import Base, json_file
from studio.inference.errors import ContextTooSmall
from studio.inference.sampling import Sampling
from studio.workers._base import Model
from studio.workers._continuing import Generated, common_prefix
from studio.workers._hf_grammar import Grammars
from studio.workers._hf_sampling import Choice

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values by layer, each (1, heads, tokens, width)."""

_WHOLE_LAYERS = {"full_attention", "sliding_attention", "chunked_attention"}


class HfModel:
    """A loaded model, its tokeniser and the talk whose cache is kept. Used from one thread only."""

    batch_size = 512

    def __init__(self, model: Model, base: Base, context: int, sequences: int) -> None:
        self.model, self._tokeniser, self.sequences = model, base.tokeniser, sequences
        trained = getattr(model.config, "max_position_embeddings", None)
        self.context_size: int = min(context, trained) if isinstance(trained, int) else context
        self.vocabulary: int = int(model.get_output_embeddings().weight.shape[0])
        self.ends = _ends(model, base)
        self.grammars = Grammars(base.path)
        layers = getattr(model.config, "layer_types", None) or ()
        self.rewinds = set(layers) <= _WHOLE_LAYERS and not getattr(model, "_is_stateful", False)
        """Whether a talk's end can be cut off: not where what was read is one running state."""
        self.kept: list[int] = []
        self.cache: Any = DynamicCache() if self.rewinds else None
        self.last: torch.Tensor = torch.empty(0)
        """What is expected after the last id read."""
        self._talks: OrderedDict[tuple[int, ...], Layers] = OrderedDict()
        self._stop = threading.Event()
        for layer in _blocks(model):  # a stretch of 512 tokens takes seconds, a layer of it tens of milliseconds
            layer.register_forward_pre_hook(lambda _layer, _given: self.check())

    # -- text and tokens

    def tokenise(self, text: str, *, special: bool) -> list[int]:
        """The ids of a text, nothing added; half a surrogate is what llama.cpp is told too, a question mark."""
        return self._tokeniser.encode(text.encode("utf-8", "replace").decode(), special=special)

    def stream(self) -> "TextStream":
        """A new text."""
        return TextStream(self._tokeniser.decode, self.ends)

    # -- reading

    @contextlib.contextmanager
    def stoppable(self, cancelled: threading.Event) -> Iterator[None]:
        """While inside, work ends before the next token or stretch once the event is set."""
        self._stop = cancelled
        try:
            with torch.inference_mode():
                yield
        finally:
            self._stop = threading.Event()

    def check(self) -> None:
        """Raises Cancelled once the work is to end."""
        if self._stop.is_set():
            raise Cancelled

    def check_room(self, needed: int) -> None:
        """Raises ContextTooSmall where that many tokens do not fit."""
        if needed > self.context_size:
            raise ContextTooSmall(needed=needed, context=self.context_size)

    def forget(self) -> None:
        """Empties the cache, and forgets the talks that were remembered."""
        self._talks.clear()
        self._drop()

    def _drop(self) -> None:
        self.kept = []
        self.cache = DynamicCache() if self.rewinds else None

    def cut(self, length: int) -> None:
        """Drops what the cache holds past `length`; all of it where a model can't drop its end alone."""
        if length == 0 or not self.rewinds:
            self._drop()
        elif length < len(self.kept):
            self.cache.crop(length - len(self.kept))
            self.kept = self.kept[:length]

    def read(self, ids: Sequence[int], *, every: bool = False) -> Iterator[torch.Tensor]:
        """Puts ids at the end of the kept talk, a stretch at a time; the logits of its last id, or of each."""
        for at in range(0, len(ids), self.batch_size):
            self.check()
            part = list(ids[at : at + self.batch_size])
            try:
                out = self.model(
                    input_ids=torch.tensor([part], device=self.model.device),
                    past_key_values=self.cache,
                    use_cache=True,
                    logits_to_keep=0 if every else 1,
                )
            except BaseException:
                self._take_back()
                raise
            self.cache = out.past_key_values
            self.kept += part
            yield out.logits[0]

    def _take_back(self) -> None:
        """After a reading that was broken off: some layers have read more than what is kept, some have not."""
        if self.cache is None or not self.kept:
            self.forget()
            return
        try:
            for layer in self.cache.layers:
                more = layer.get_seq_length() - len(self.kept)
                if more > 0:
                    layer.crop(-more)
        except RuntimeError:  # a window that is full cannot go back
            self.forget()

    def prepare(self, prompt: Sequence[int], room: int, on_read: Callable[[int], None] | None = None) -> int:
        """Brings the kept talk to `prompt`; how much of it stood in the cache. At least one id is read."""
        self.check_room(len(prompt) + room)
        common = min(common_prefix(self.kept, prompt), len(prompt) - 1)
        self.cut(common if self.rewinds or common == len(self.kept) else 0)
        common = len(self.kept)
        if on_read is not None:
            on_read(common)
        for rows in self.read(prompt[common:]):
            self.last = rows[-1]
            if on_read is not None:
                on_read(len(self.kept))
        return common

    def layers(self) -> Layers:
        """What the cache holds of the kept talk."""
        return layers_of(self.cache)

    def remember(self, ids: tuple[int, ...], layers: Layers) -> None:
        """Keeps what was read of a talk, as long as all such together fit the context."""
        self._talks[ids] = layers
        while sum(map(len, self._talks)) > self.context_size:
            self._talks.popitem(last=False)

    def recall(self, prompt: Sequence[int]) -> None:
        """Puts the beginning of a remembered talk into the cache, where one holds more of a prompt than the kept."""
        best = max(self._talks, key=lambda ids: common_prefix(ids, prompt), default=())
        length = common_prefix(best, prompt)
        if length <= common_prefix(self.kept, prompt):
            return
        self._drop()
        for place, (keys, values) in enumerate(self._talks[best]):
            self.cache.update(keys[..., :length, :], values[..., :length, :], place)
        self.kept = list(best[:length])

    def append(self, token: int) -> None:
        """Puts one id at the end of the kept talk."""
        for rows in self.read([token]):
            self.last = rows[-1]

    def logits(self, _row: int = -1) -> npt.NDArray[np.float32]:
        """What is expected after the last id read."""
        row: npt.NDArray[np.float32] = self.last.float().cpu().numpy()
        return row

    def scores(self, ids: Sequence[int], start: int) -> Iterator[npt.NDArray[np.float32]]:
        """The logits for each id from `start` on, in stretches; the cache is empty before and after."""
        self.forget()
        at = 1  # the id that the first row expects
        for rows in self.read(ids[:-1], every=True):
            wanted = rows[max(0, start - at) :]
            at += len(rows)
            if len(wanted):
                yield wanted.float().cpu().numpy()
        self.forget()

    # -- writing

    def generate(
        self,
        prompt: Sequence[int],
        sampling: Sampling,
        on_token: Callable[[int], None],
        stops: frozenset[int],
        on_read: Callable[[int], None] | None = None,
    ) -> Generated:
        """Continues `prompt` until the model ends it, a stop token, or `max_tokens`; raises GrammarRefused."""
        started = time.perf_counter()
        grammar = self.grammars.of(sampling.grammar) if sampling.grammar is not None else None
        try:
            choice = Choice(sampling, grammar)
            return self._continued(prompt, choice, sampling.max_tokens, on_token, stops, started, on_read)
        finally:
            if grammar is not None:
                grammar.close()

    def _continued(
        self,
        prompt: Sequence[int],
        choice: Choice,
        most: int,
        on_token: Callable[[int], None],
        stops: frozenset[int],
        started: float,
        on_read: Callable[[int], None] | None,
    ) -> Generated:
        ids: list[int] = []
        reused = self.prepare(prompt, 1, on_read)
        first = stop = None
        while stop is None:
            token = choice.next(self.logits())
            first = first or time.perf_counter() - started
            if token in self.ends or token in stops:
                stop = "end"
                break
            ids.append(token)
            on_token(token)
            if len(ids) >= most:
                stop = "length"
            elif len(self.kept) + 1 >= self.context_size:
                stop = "context"
            else:
                self.append(token)
        return Generated(ids, stop, len(prompt), reused, first or 0.0, time.perf_counter() - started)


def layers_of(cache: Any) -> Layers:
    """Keys and values of a cache, by layer; nothing that is read later changes them."""
    return [(layer.keys, layer.values) for layer in cache.layers]


def _blocks(model: Model) -> list[torch.nn.Module]:
    """The layers that a model is stacked of: its longest list of modules."""
    lists = [one for one in model.modules() if isinstance(one, torch.nn.ModuleList)]
    return list(max(lists, key=len, default=()))


def _ends(model: Model, base: Base) -> frozenset[int]:
    """The ids with which the model says that it has finished: by its settings, by their names, and all that control.

    A control token within an answer would be a turn of somebody else's when it is sent back.
    """
    named = [base.tokeniser.id_of(name) for name in (*base.template.ends, *base.tokeniser.controls)]
    settings = json_file(base.path, "config.json") if base.path.is_dir() else {}
    told = [getattr(model.generation_config, "eos_token_id", None), settings.get("eos_token_id")]
    flat = [one for value in told for one in (value if isinstance(value, list) else [value])]
    return frozenset(one for one in (*named, *flat) if isinstance(one, int))


class TextStream:
    """Turns ids into text that is never cut inside a character.

    The ids stand behind one that ends a turn, since some vocabularies drop the blank at the head of a text.
    """

    def __init__(self, decode: Callable[[list[int]], str], ends: frozenset[int]) -> None:
        self._decode, self._ids = decode, sorted(ends)[:1]
        self._told = len(decode(self._ids))

    def add(self, token: int) -> str:
        """The characters that this token completes."""
        self._ids.append(token)
        return self._rest(whole=False)

    def end(self) -> str:
        """What is left, a broken character as U+FFFD."""
        return self._rest(whole=True)

    def _rest(self, *, whole: bool) -> str:
        text = self._decode(self._ids)
        end = len(text) if whole else len(text.rstrip("\ufffd"))
        found = text[self._told : end]
        self._told = max(self._told, end)
        return found
