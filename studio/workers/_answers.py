"""Owns the answers that the model in training gives to the sample lines: greedy, short, all lines at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from transformers import DynamicCache

from studio.workers._base import Model


@dataclass(frozen=True, slots=True)
class Prompt:
    """A player's line and the ids that ask the model to answer it."""

    line: str
    ids: tuple[int, ...]


@torch.inference_mode()
def answers(
    model: Model, prompts: Sequence[Prompt], limit: int, ends: frozenset[int], check: Callable[[], None]
) -> list[list[int]]:
    """The likeliest continuation of each prompt, at most `limit` ids; `check` is called between tokens."""
    device = model.device
    longest = max(len(prompt.ids) for prompt in prompts)
    ids = torch.zeros(len(prompts), longest, dtype=torch.long)
    seen = torch.zeros(len(prompts), longest, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt.ids) :] = torch.tensor(prompt.ids)
        seen[row, longest - len(prompt.ids) :] = 1
    places = (seen.cumsum(-1) - 1).clamp(min=0)
    ids, seen, places = ids.to(device), seen.to(device), places.to(device)
    cache = DynamicCache()
    replies: list[list[int]] = [[] for _prompt in prompts]
    open_rows = set(range(len(prompts)))
    for _token in range(limit):
        check()
        out = model(
            input_ids=ids,
            attention_mask=seen,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        ids = out.logits[:, -1].argmax(-1, keepdim=True)
        for row in list(open_rows):
            token = int(ids[row, 0])
            if token in ends:
                open_rows.discard(row)
            else:
                replies[row].append(token)
        if not open_rows:
            break
        seen = torch.cat([seen, seen.new_ones(len(prompts), 1)], 1)
        places = places[:, -1:] + 1
    return replies
