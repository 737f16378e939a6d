"""Owns the loss of examples: computed at trained positions only, so that the large head is not run elsewhere.

Where the head is a plain product with frozen weights, the gradient with respect to the hidden states is worked out
together with the loss, a few rows at a time: no table of positions by vocabulary is kept for the backward pass.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from studio.dataset import Example
from studio.workers._attention import FILLED_TO
from studio.workers._base import Model

_ROWS = 192
_BENDING = ("final_logit_softcapping", "logits_scaling", "logit_scale", "lm_head_multiplier")
"""Settings of families whose logits are more than the product with the head."""


def example_loss(
    model: Model, ids: Sequence[int], weights: Sequence[float], states: torch.Tensor | None = None
) -> torch.Tensor:
    """The loss of one example, as `row_loss` gives it."""
    return row_loss(model, [ids], [weights], states)


def row_loss(
    model: Model,
    documents: Sequence[Sequence[int]],
    weights: Sequence[Sequence[float]],
    states: torch.Tensor | None = None,
) -> torch.Tensor:
    """The weighted sum over trained ids of their negative log likelihood, in nats, of documents end to end in one row.

    `weights[d][i]` belongs to `documents[d][i]`, 0 where it is not trained on; a document's first id is never trained
    on, since nothing stands before it. `states`, where given, are fed in the place of the ids' embeddings. Positions
    begin anew with each document, by which transformers keeps them from attending to each other; on a CPU
    `_attention.documents` does.
    """
    row = torch.tensor([number for ids in documents for number in ids], device=model.device)
    weight = torch.tensor([w for given in weights for w in (0.0, *given[1:])], device=model.device)[1:]
    places = torch.nonzero(weight)[:, 0]
    assert places.numel() > 0, "an example reached the model with nothing to train on"
    targets, weight = row[1:][places], weight[places]
    inner = _inside(model)
    if not plain_head(inner):
        fed = _fed(model, documents, states)
        logits = inner(**fed, use_cache=False, logits_to_keep=places).logits[0].float()
        return (cross_entropy(logits, targets, reduction="none") * weight).sum()
    hidden = hidden_states(model, documents, states)[places]
    head = inner.get_output_embeddings().weight
    result: torch.Tensor = _HeadLoss.apply(hidden, head, targets, weight)  # type: ignore[no-untyped-call]  # torch's
    return result


def document_losses(
    model: Model,
    documents: Sequence[Sequence[int]],
    weights: Sequence[Sequence[float]],
    states: torch.Tensor | None = None,
) -> list[torch.Tensor]:
    """What `row_loss` gives, of each document of the row by itself."""
    inner, losses, before = _inside(model), [], 0
    hidden = hidden_states(model, documents, states) if plain_head(inner) else None
    logits = None if hidden is not None else inner(**_fed(model, documents, states), use_cache=False).logits[0]
    for ids, given in zip(documents, weights, strict=True):
        weight = torch.tensor(given[1:], device=model.device)
        places = torch.nonzero(weight)[:, 0]
        targets, weight = torch.tensor(ids[1:], device=model.device)[places], weight[places]
        if hidden is not None:
            head = inner.get_output_embeddings().weight
            loss = _HeadLoss.apply(hidden[before + places], head, targets, weight)  # type: ignore[no-untyped-call]
        else:
            assert logits is not None
            each = cross_entropy(logits[before + places].float(), targets, reduction="none")
            loss = (each * weight).sum()
        losses.append(loss)
        before += len(ids)
    return losses


def hidden_states(model: Model, documents: Sequence[Sequence[int]], states: torch.Tensor | None = None) -> torch.Tensor:
    """What the head is given for each token of documents end to end in one row: (tokens, width)."""
    whole = _inside(model).base_model(**_fed(model, documents, states), use_cache=False)
    found: torch.Tensor = whole.last_hidden_state[0, : sum(map(len, documents))]
    return found


def filled(row: torch.Tensor, places: torch.Tensor | None = None) -> torch.Tensor:
    """Ids (1, n), states (1, n, width) or positions, filled up behind where that spares a CPU kernels.

    oneDNN makes kernels of its own for every length of a row, and what they take of the heap does not all come back:
    0.6 MB each, 18 MB an example. Nothing sees what stands behind, and nothing flows back from there.
    """
    more = -row.shape[1] % FILLED_TO
    if not more:
        return row
    if places is not None:
        behind = torch.arange(int(places[0, -1]) + 1, int(places[0, -1]) + 1 + more, device=row.device)[None]
        return torch.cat([places, behind], 1)
    return torch.cat([row, row.new_zeros(1, more, *row.shape[2:])], 1)


def fills(model: Model) -> bool:
    """Whether a model's rows are filled up: where oneDNN computes."""
    return bool(model.device.type == "cpu" and model.dtype is torch.bfloat16)


def _inside(model: Model) -> Model:
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _fed(model: Model, documents: Sequence[Sequence[int]], states: torch.Tensor | None) -> dict[str, torch.Tensor]:
    row = torch.tensor([number for ids in documents for number in ids], device=model.device)[None]
    full = filled if fills(model) else _as_it_is
    fed = {"input_ids": full(row)} if states is None else {"inputs_embeds": full(states)}
    if len(documents) > 1:
        places = torch.cat([torch.arange(len(ids), device=model.device) for ids in documents])[None]
        fed["position_ids"] = full(row, places)
    return fed


def _as_it_is(row: torch.Tensor, places: torch.Tensor | None = None) -> torch.Tensor:
    return row if places is None else places


def plain_head(model: Model) -> bool:
    """Whether the logits are the product of hidden states and frozen head weights, nothing more."""
    head: Any = model.get_output_embeddings()
    if type(head) is not torch.nn.Linear or head.weight.requires_grad:
        return False
    bias: object = head.bias
    return bias is None and not any(getattr(model.config, name, None) for name in _BENDING)


class _HeadLoss(torch.autograd.Function):
    """Weighted cross entropy of a frozen head: states (n, width), head (vocabulary, width) -> a scalar in float32."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, head: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor) -> Any:
        """The loss; keeps the gradient of the states for the way back."""
        gradient = torch.empty_like(states)
        total = torch.zeros((), dtype=torch.float32, device=states.device)
        for start in range(0, len(states), _ROWS):
            rows = slice(start, start + _ROWS)
            logits = (states[rows] @ head.T).float()
            logits -= logits.logsumexp(-1, keepdim=True)
            index, share = targets[rows, None], weight[rows, None]
            total -= (logits.gather(1, index) * share).sum()
            shares = logits.exp_()
            shares.scatter_add_(1, index, torch.full_like(share, -1.0))
            gradient[rows] = shares.mul_(share).to(head.dtype) @ head
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        """The kept gradient times that of the loss."""
        (gradient,) = ctx.saved_tensors
        return gradient * outer[0].to(gradient.dtype), None, None, None


def weights_of(example: Example, call_weight: float) -> list[float]:
    """The weight of each id in the loss: 0, 1, or `call_weight` where it decides what the game does."""
    weights = [float(trained) for trained in example.mask]
    if call_weight != 1.0:
        for i in example.decisive:
            weights[i] = call_weight
    return weights
