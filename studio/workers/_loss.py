"""Owns the loss of one example: computed at trained positions only, so that the large head is not run elsewhere."""

from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy

from studio.dataset import Example
from studio.errors import InputError
from studio.language import N_
from studio.workers._base import Model


class LossDiverged(InputError):
    """The loss is no number any more."""

    sentence = N_("Training broke down at step {step}: the loss is no longer a number. Lower the learning rate.")


def example_loss(model: Model, ids: Sequence[int], weights: Sequence[float]) -> torch.Tensor:
    """The weighted sum over trained ids of their negative log likelihood, in nats.

    `weights[i]` belongs to `ids[i]`, 0 where it is not trained on; the first id is never trained on, since nothing
    stands before it.
    """
    row = torch.tensor(ids, device=model.device)
    weight = torch.tensor(weights, device=model.device)[1:]
    places = torch.nonzero(weight)[:, 0]
    assert places.numel() > 0, "an example reached the model with nothing to train on"
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    states = inner.model(input_ids=row[None], use_cache=False).last_hidden_state[0]
    logits = inner.get_output_embeddings()(states[places]).float()
    losses = cross_entropy(logits, row[1:][places], reduction="none")
    return (losses * weight[places]).sum()


def weights_of(example: Example, call_weight: float) -> list[float]:
    """The weight of each id in the loss: 0, 1, or `call_weight` where it decides what the game does."""
    weights = [float(trained) for trained in example.mask]
    if call_weight != 1.0:
        for i in example.decisive:
            weights[i] = call_weight
    return weights
