"""Owns answering many prompts at once: prompts that begin alike share their cells, and all decode in one batch."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import llama_cpp as ll

from studio.workers._llama_model import KEPT, ContextTooSmall, Generated, LlamaModel, common_prefix


@dataclass(slots=True)
class _Lane:
    """One prompt while it is answered, in a sequence of its own."""

    index: int
    sequence: int
    prompt: Sequence[int]
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
    while order:
        group, order = _next_group(model, prompts, order, max_tokens)
        started = time.perf_counter()
        for lane in _answer(model, [(i, prompts[i]) for i in group], max_tokens, stops):
            seconds = time.perf_counter() - started
            results[lane.index] = Generated(
                lane.ids, lane.stop or "length", len(lane.prompt), lane.reused, seconds, seconds
            )
    model.forget()
    return [results[i] for i in range(len(prompts))]


def _next_group(
    model: LlamaModel, prompts: Sequence[Sequence[int]], order: list[int], max_tokens: int
) -> tuple[list[int], list[int]]:
    """As many prompts as lanes and cells allow, taken from the front."""
    group: list[int] = []
    cells = 0
    for i in order:
        prompt = prompts[i]
        shared = max((common_prefix(prompt, prompts[j]) for j in group), default=0)
        cells += len(prompt) - shared + max_tokens
        if group and (cells > model.context_size or len(group) == model.sequences - 1):
            break
        if cells > model.context_size:
            raise ContextTooSmall(needed=cells, context=model.context_size)
        group.append(i)
    return group, order[len(group) :]


def _answer(
    model: LlamaModel, prompts: list[tuple[int, Sequence[int]]], max_tokens: int, stops: frozenset[int]
) -> list[_Lane]:
    _read_base(model, [prompt for _, prompt in prompts])
    lanes = [_Lane(index, number + 1, prompt) for number, (index, prompt) in enumerate(prompts)]
    for lane in lanes:
        lane.reused = min(common_prefix(model.kept, lane.prompt), len(lane.prompt) - 1)
        ll.llama_memory_seq_rm(model.memory, lane.sequence, -1, -1)
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


def _read_base(model: LlamaModel, prompts: list[Sequence[int]]) -> None:
    """Reads into the kept sequence the longest stretch that another prompt of the group shares."""
    longest = max(prompts, key=len)
    shared = max((common_prefix(longest, other) for other in prompts if other is not longest), default=0)
    if shared > 1:
        model.prepare(longest[:shared], 0)


def _take(model: LlamaModel, lane: _Lane, row: int, max_tokens: int, stops: frozenset[int]) -> None:
    token = int(model.logits(row).argmax())
    if model.ends_generation(token) or token in stops:
        lane.stop = "end"
        return
    lane.ids.append(token)
    if len(lane.ids) >= max_tokens:
        lane.stop = "length"
