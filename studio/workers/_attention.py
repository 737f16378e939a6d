"""Owns causal attention for training on a processor: exact, in blocks of queries, each with only the keys before it.

Several documents may stand end to end in one row: within `documents` each attends to itself alone, which costs what
they cost one by one. On a CPU torch's own kernel spends two thirds of its time in a backward pass that does not use the
matrix units; two batched products and a softmax a block take 0.6 of its time at 1,100 tokens in bfloat16 (measured,
2 cores, AVX-512).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask

NAME = "studio_blocks"
_BLOCK = 256
FILLED_TO = 64
"""What a row's length is a multiple of where it is filled up behind (`_loss.filled`)."""

_SHORTEST = 64


def register() -> str:
    """Makes the attention known to transformers and returns the name to ask for."""
    AttentionInterface.register(NAME, attend)
    ALL_MASK_ATTENTION_FUNCTIONS.register(NAME, _mask)
    return NAME


class _Row:
    """What stands in the row that is being computed: the lengths of its documents, or nothing where it is one.

    Not of a thread: a card's way back runs in one of torch's own.
    """

    lengths: tuple[int, ...] = ()

    @classmethod
    def of(cls, tokens: int) -> tuple[int, ...]:
        """The lengths in a row of so many tokens, the last document's with what the row was filled up with behind it;
        nothing where it is not this row."""
        more = tokens - sum(cls.lengths)
        return (*cls.lengths[:-1], cls.lengths[-1] + more) if cls.lengths and 0 <= more < FILLED_TO else ()


@contextmanager
def documents(lengths: Sequence[int]) -> Iterator[None]:
    """For a pass over a row of several documents, its way back included: layers may be computed again there."""
    before, _Row.lengths = _Row.lengths, tuple(lengths) if len(lengths) > 1 else ()
    try:
        yield
    finally:
        _Row.lengths = before


def _mask(*, q_length: int, kv_length: int, local_size: int | None = None, **named: Any) -> torch.Tensor | None:
    """None where `attend` takes the documents apart by itself, else transformers' mask."""
    lengths = _Row.of(q_length)
    if sum(lengths) == q_length == kv_length and (local_size is None or max(lengths) <= local_size):
        return None
    if local_size is not None:
        named["local_size"] = local_size
    mask: torch.Tensor | None = sdpa_mask(q_length=q_length, kv_length=kv_length, **named)
    return mask


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    softcap: float | None = None,
    **_more: object,
) -> tuple[torch.Tensor, None]:
    """query (1, heads, n, d), key and value (1, groups, n, d) -> (1, n, heads, d).

    Padded batches and single tokens go to torch's own kernel, which knows no `softcap` (Gemma 2's bend of the scores):
    with one they are worked out plainly.
    """
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    lengths = _Row.of(query.shape[2])
    if attention_mask is None and sum(lengths) == query.shape[2] == key.shape[2]:
        parts = zip(*(torch.split(states, list(lengths), 2) for states in (query, key, value)), strict=True)
        out = torch.cat([_one(q, k, v, None, scale, dropout, softcap) for q, k, v in parts], 2)
    else:
        out = _one(query, key, value, attention_mask, scale, dropout, softcap)
    return out.transpose(1, 2).contiguous(), None


def _one(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
    dropout: float,
    softcap: float | None,
) -> torch.Tensor:
    """One document's attention, the quicker way where it may be gone."""
    whole = mask is None and query.shape[0] == 1 and query.shape[2] == key.shape[2] >= _SHORTEST
    if whole and not dropout:
        return _in_blocks(query[0], key[0], value[0], scale, softcap)
    if softcap is None:
        return _kernel(query, key, value, mask, scale, dropout)
    return _plain(query, key, value, mask, scale, dropout, softcap)


def _kernel(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
    dropout: float,
) -> torch.Tensor:
    repeat = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeat, 1), value.repeat_interleave(repeat, 1)
    causal = mask is None and query.shape[2] > 1
    return scaled_dot_product_attention(query, key, value, mask, dropout, is_causal=causal, scale=scale)


def _plain(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
    dropout: float,
    softcap: float,
) -> torch.Tensor:
    repeat = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeat, 1), value.repeat_interleave(repeat, 1)
    scores = _bent(query @ key.transpose(2, 3) * scale, softcap)
    if mask is None and query.shape[2] > 1:
        mask = torch.ones(scores.shape[2:], dtype=torch.bool, device=scores.device).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf")) if mask.dtype is torch.bool else scores + mask
    return torch.dropout(torch.softmax(scores, -1, dtype=torch.float32).to(value.dtype), dropout, dropout > 0) @ value


def _bent(scores: torch.Tensor, softcap: float | None) -> torch.Tensor:
    return scores if softcap is None else softcap * torch.tanh(scores / softcap)


def _in_blocks(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, softcap: float | None = None
) -> torch.Tensor:
    heads, length, width = query.shape
    groups = key.shape[0]
    share = heads // groups
    key = key.transpose(1, 2) * scale
    done = []
    for start in range(0, length, _BLOCK):
        end = min(length, start + _BLOCK)
        rows = query[:, start:end].reshape(groups, share * (end - start), width)
        scores = torch.bmm(rows, key[:, :, :end]).view(groups, share, end - start, end)
        later = torch.full((end - start, end), float("-inf"), dtype=query.dtype, device=query.device).triu(start + 1)
        weights = torch.softmax(_bent(scores, softcap) + later, -1).view(groups, share * (end - start), end)
        done.append(torch.bmm(weights, value[:, :end]).view(heads, end - start, width))
    return torch.cat(done, 1)[None]
