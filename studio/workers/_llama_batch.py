"""Owns answering many prompts at once: prompts that begin alike share their cells, and all decode in one batch."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import llama_cpp as ll

from studio.workers._llama_model import KEPT, Generated, LlamaModel, common_prefix


@dataclass(slots=True)
class _Lane:
    """One prompt while it is answered, in a sequence of its own."""

    index: int
    sequence: int
    prompt: Sequence[int]
    room: int
    reused: int = 0
    row: int = -1
    ids: list[int] = field(default_factory=list)
    stop: str | None = None

    @property
    def position(self) -> int:
        return len(self.prompt) + len(self.ids)


def generate_many(
    model: LlamaModel, prompts: Sequence[Sequence[int]], max_tokens: int, stops: frozenset[int]
) -> list[Generated]:
    """Greedy continuations of all prompts, in their order; the same tokens as one by one, up to rounding."""
    results: dict[int, Generated] = {}
    order = sorted(range(len(prompts)), key=lambda i: list(prompts[i]))
    for prompt in prompts:
        model.check_room(len(prompt) + 1)
    try:
        while order:
            group, order = _next_group(model, prompts, order, max_tokens)
            for lane, seconds in _timed(model, [(i, prompts[i]) for i in group], max_tokens, stops):
                results[lane.index] = Generated(
                    lane.ids, lane.stop or "length", len(lane.prompt), lane.reused, seconds, seconds
                )
    finally:
        model.forget()  # also what the lanes held when a stop or an error came between
    return [results[i] for i in range(len(prompts))]


def _next_group(
    model: LlamaModel, prompts: Sequence[Sequence[int]], order: list[int], max_tokens: int
) -> tuple[list[int], list[int]]:
    """As many prompts as lanes and cells allow, taken from the front; one always fits by itself."""
    group = order[:1]
    for i in order[1 : model.sequences - 1]:
        if _cells(model, [prompts[j] for j in (*group, i)], max_tokens) > model.context_size:
            break
        group.append(i)
    return group, order[len(group) :]


def _cells(model: LlamaModel, prompts: list[Sequence[int]], max_tokens: int) -> int:
    """How many cells of the cache a group takes: what is shared once, the rest of each, and its answer."""
    base = _shared(prompts)
    own = (len(prompt) - _reusable(model, base, prompt) + _room(model, prompt, max_tokens) for prompt in prompts)
    return len(base) + sum(own)


def _room(model: LlamaModel, prompt: Sequence[int], max_tokens: int) -> int:
    return min(max_tokens, model.context_size - len(prompt))


def _shared(prompts: list[Sequence[int]]) -> Sequence[int]:
    """The longest stretch at which the longest prompt begins like another; empty where that is not worth it."""
    longest = max(prompts, key=len)
    length = max((common_prefix(longest, other) for other in prompts if other is not longest), default=0)
    return longest[:length] if length > 1 else []


def _reusable(model: LlamaModel, base: Sequence[int], prompt: Sequence[int]) -> int:
    """How much of the base a prompt takes over; its last token is always read, for its logits."""
    length = min(common_prefix(base, prompt), len(prompt) - 1)
    if model.rewinds or length == len(base):
        return length
    return 0


def _timed(
    model: LlamaModel, prompts: list[tuple[int, Sequence[int]]], max_tokens: int, stops: frozenset[int]
) -> list[tuple[_Lane, float]]:
    started = time.perf_counter()
    lanes = _answer(model, prompts, max_tokens, stops)
    seconds = time.perf_counter() - started
    return [(lane, seconds) for lane in lanes]


def _answer(
    model: LlamaModel, prompts: list[tuple[int, Sequence[int]]], max_tokens: int, stops: frozenset[int]
) -> list[_Lane]:
    base = _shared([prompt for _, prompt in prompts])
    if base:
        model.prepare(base, 0)
    else:
        model.forget()
    lanes = [
        _Lane(index, number + 1, prompt, _room(model, prompt, max_tokens))
        for number, (index, prompt) in enumerate(prompts)
    ]
    for lane in lanes:
        lane.reused = _reusable(model, base, lane.prompt)
        if lane.reused:  # a running state would be copied whole, whatever the stretch
            ll.llama_memory_seq_cp(model.memory, KEPT, lane.sequence, 0, lane.reused)
        model.read(lane.prompt[lane.reused :], lane.reused, lane.sequence)
        _take(model, lane, -1, max_tokens, stops)
    active = [lane for lane in lanes if lane.stop is None]
    while active:
        model.decode([(lane.ids[-1], lane.position - 1, lane.sequence, True) for lane in active])
        for row, lane in enumerate(active):
            _take(model, lane, row, max_tokens, stops)
        active = [lane for lane in active if lane.stop is None]
    for lane in lanes:
        ll.llama_memory_seq_rm(model.memory, lane.sequence, -1, -1)
    return lanes


def _take(model: LlamaModel, lane: _Lane, row: int, max_tokens: int, stops: frozenset[int]) -> None:
    token = int(model.logits(row).argmax())
    if model.ends_generation(token) or token in stops:
        lane.stop = "end"
        return
    lane.ids.append(token)
    if len(lane.ids) >= max_tokens:
        lane.stop = "length"
    elif len(lane.ids) >= lane.room:
        lane.stop = "context"
