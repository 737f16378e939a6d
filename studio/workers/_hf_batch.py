"""Owns answering many prompts at once with a transformers model: each is read as far as the cache or a talk answered
before does not hold it, and all decode in one batch. Knows no chat."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache

from studio.inference.sampling import Sampling
from studio.workers._continuing import Asked, Generated
from studio.workers._hf_grammar import HeldChoice
from studio.workers._hf_model import HfModel, Layers, layers_of


@dataclass(slots=True, eq=False)
class _Answer:
    """One prompt while it is answered; `layers` is what the cache held when it had been read."""

    index: int
    asked: Asked
    room: int
    reused: int
    layers: Layers
    last: torch.Tensor
    grammar: HeldChoice | None = None
    ids: list[int] = field(default_factory=list)
    stop: str | None = None
    first: float = 0.0
    seconds: float = 0.0


def answer_many(
    model: HfModel, asked: Sequence[Asked], stops: frozenset[int], told: Callable[[], None]
) -> list[Generated]:
    """Greedy continuations in their order; the same as one by one, up to rounding. `told` after each batch."""
    for one in asked:
        model.check_room(len(one.prompt) + 1)
    if not model.rewinds:
        each = ((one.prompt, Sampling(one.max_tokens, grammar=one.grammar)) for one in asked)
        return [model.generate(prompt, sampling, lambda _id: told(), stops) for prompt, sampling in each]
    results: dict[int, Generated] = {}
    order = sorted(range(len(asked)), key=lambda i: asked[i].prompt)
    while order:
        group = _group(model, asked, order)
        order = order[len(group) :]
        for answer in _Batch(model, [(i, asked[i]) for i in group], stops, told).run():
            results[answer.index] = Generated(
                answer.ids,
                answer.stop or "length",
                len(answer.asked.prompt),
                answer.reused,
                answer.first,
                answer.seconds,
            )
    return [results[i] for i in range(len(asked))]


def _group(model: HfModel, asked: Sequence[Asked], order: Sequence[int]) -> list[int]:
    """As many prompts from the front as may be answered at once and, all as long as the longest, fit the context."""
    group, longest = list(order[:1]), 0
    for i in order[: model.sequences - 1]:
        longest = max(longest, len(asked[i].prompt) + asked[i].max_tokens)
        if i not in group:
            if longest * (len(group) + 1) > model.context_size:
                break
            group.append(i)
    return group


class _Batch:
    """Prompts that are answered together."""

    def __init__(
        self, model: HfModel, asked: Sequence[tuple[int, Asked]], stops: frozenset[int], told: Callable[[], None]
    ) -> None:
        self.model, self.ends, self.told = model, model.ends | stops, told
        self.started = time.perf_counter()
        self.answers = [self._read(index, one) for index, one in asked]
        for one in self.answers:
            one.grammar = model.grammars.of(one.asked.grammar) if one.asked.grammar is not None else None

    def _read(self, index: int, asked: Asked) -> _Answer:
        model = self.model
        model.recall(asked.prompt)
        reused = model.prepare(asked.prompt, 1)
        self.told()
        room = min(asked.max_tokens, model.context_size - len(asked.prompt))
        return _Answer(index, asked, room, reused, model.layers(), model.last)

    def run(self) -> list[_Answer]:
        """Answers them all."""
        try:
            return self._answered()
        finally:
            for one in self.answers:
                if one.grammar is not None:
                    one.grammar.close()

    def _answered(self) -> list[_Answer]:
        for one in self.answers:
            self._take(one, one.last)
            one.last = torch.empty(0)
        active = [one for one in self.answers if one.stop is None]
        for one in self.answers:
            if one.stop is not None:
                self._keep(one, one.layers)
        longest = max((len(one.asked.prompt) for one in active), default=0)
        cache, seen = self._stacked(active, longest)
        while active:
            self.model.check()
            ids = torch.tensor([[one.ids[-1]] for one in active], device=seen.device)
            places = torch.tensor([[len(one.asked.prompt) + len(one.ids) - 1] for one in active], device=seen.device)
            seen = torch.cat([seen, seen.new_ones(len(active), 1)], 1)
            out = self.model.model(
                input_ids=ids, attention_mask=seen, position_ids=places, past_key_values=cache, use_cache=True
            )
            self.told()
            for row, one in enumerate(active):
                self._take(one, out.logits[row, -1])
            active, seen = self._ended(active, cache, seen, longest)
        return self.answers

    def _stacked(self, active: Sequence[_Answer], longest: int) -> tuple[Any, torch.Tensor]:
        """One cache of what all have read, filled up on the left, and the mask of what counts in it."""
        cache = DynamicCache()
        gaps = [longest - len(one.asked.prompt) for one in active]
        device = self.model.model.device
        seen = torch.ones(len(active), longest, dtype=torch.long, device=device)
        for row, gap in enumerate(gaps):
            seen[row, :gap] = 0
        for layer in range(len(active[0].layers) if active else 0):
            parts = [one.layers[layer] for one in active]
            keys, values = (
                torch.cat([pad(part[side], (0, 0, gap, 0)) for part, gap in zip(parts, gaps, strict=True)])
                for side in (0, 1)
            )
            cache.update(keys, values, layer)
        for one in active:
            one.layers = []
        return cache, seen

    def _ended(
        self, active: list[_Answer], cache: Any, seen: torch.Tensor, longest: int
    ) -> tuple[list[_Answer], torch.Tensor]:
        """Those that go on, alone in the cache; what the others hold of it is kept for who goes on with them."""
        rows = [row for row, one in enumerate(active) if one.stop is None]
        if len(rows) == len(active):
            return active, seen
        for row, one in enumerate(active):
            if one.stop is not None:
                gap, line = longest - len(one.asked.prompt), slice(row, row + 1)
                self._keep(one, [(k[line, :, gap:].clone(), v[line, :, gap:].clone()) for k, v in layers_of(cache)])
        if rows:
            chosen = torch.tensor(rows, device=seen.device)
            cache.batch_select_indices(chosen)
            seen = seen[chosen]
        return [active[row] for row in rows], seen

    def _keep(self, one: _Answer, layers: Layers) -> None:
        count = layers[0][0].shape[-2]
        self.model.remember((*one.asked.prompt, *one.ids)[:count], layers)

    def _take(self, one: _Answer, logits: torch.Tensor) -> None:
        row = None if one.grammar is None else logits.float().cpu().numpy()
        token = int(logits.argmax()) if one.grammar is None or row is None else one.grammar.likeliest(row)
        one.seconds = time.perf_counter() - self.started
        one.first = one.first or one.seconds
        if token in self.ends:
            one.stop = "end"
            return
        one.ids.append(token)
        if len(one.ids) >= one.asked.max_tokens:
            one.stop = "length"
        elif len(one.ids) >= one.room:
            one.stop = "context"
