"""Owns learning from pairs of answers (DPO): the loss of a pair, against what the model held likely before it learnt.

The two answers of a pair stand in one row, none seeing the other; only at the ids of the answers is the head run.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch.nn.functional import logsigmoid

from studio.dataset import Example
from studio.dataset.preferences import Pair
from studio.training.config import TrainingConfig
from studio.workers._adapter import Adapter
from studio.workers._attention import documents
from studio.workers._loss import document_losses
from studio.workers._passes import Passes
from studio.workers._ranks import Ranks

Likelihoods = tuple[float, float]
"""The log-probabilities of a pair's answers in nats: of the chosen one, of the rejected one."""


@dataclass(frozen=True, slots=True)
class Reward:
    """What the training has done to a pair so far: `beta` times how much likelier each answer became."""

    chosen: float
    rejected: float

    @property
    def margin(self) -> float:
        """By how much the chosen one gained on the rejected one."""
        return self.chosen - self.rejected


class PairPasses(Passes):
    """The passes of a run over pairs of answers, one pair in a row; `call_weight` plays no part.

    `reference` has what each pair was held to be before the first step; `rewards` are of the last step's pairs.
    """

    def __init__(
        self,
        adapter: Adapter,
        config: TrainingConfig,
        pairs: Sequence[Example],
        check: Callable[[], None],
        tell: Callable[..., None] = lambda _event, **_fields: None,
    ) -> None:
        super().__init__(adapter, config, pairs, check, tell)
        self._beta = config.beta
        self._reference: dict[int, Likelihoods] = {}
        self._together = self._rows_hold()
        self.rewards: list[Reward] = []

    def refer(self, pairs: Sequence[Example], found: Sequence[Likelihoods]) -> None:
        """Takes what the pairs were held to be before the run; raises ValueError where it is not one for each."""
        self._reference = {id(pair): likely for pair, likely in zip(pairs, found, strict=True)}

    def _documents(self, example: Example) -> Sequence[Example]:
        pair = cast(Pair, example)
        return (pair.chosen, pair.rejected)

    def likelihoods(self, pair: Example) -> Likelihoods:
        """What the model as it is holds of a pair's answers."""
        with documents(self._lengths(pair)):
            chosen, rejected = self._log_probabilities(cast(Pair, pair))
        return float(chosen), float(rejected)

    def measured(self, example: Example) -> float:
        """The loss of one pair, for watching."""
        with documents(self._lengths(example)):
            loss, _reward = self._pair_loss(cast(Pair, example))
        return float(loss.detach())

    def _weight(self, examples: Sequence[Example]) -> float:
        return float(len(examples))

    def _shared(self, examples: Sequence[Example], size: int) -> float:
        loss = super()._shared(examples, size)
        if self.ranks is not None:
            self.rewards = self._all_rewards(self.ranks, [len(example.ids) for example in examples])
        return loss

    def _all_rewards(self, ranks: Ranks, lengths: Sequence[int]) -> list[Reward]:
        """Those of every rank's pairs, each rank having only its own."""
        rows = torch.zeros(len(lengths), 2, dtype=torch.float64)
        for place, reward in zip(ranks.share(lengths), self.rewards, strict=True):
            rows[place] = torch.tensor([reward.chosen, reward.rejected], dtype=torch.float64)
        ranks.add(rows)
        return [Reward(float(chosen), float(rejected)) for chosen, rejected in rows]

    def _tried(self, examples: Sequence[Example], size: int, whole: float) -> float:
        self.rewards = []
        total = 0.0
        for pair in examples:
            self._check()
            with documents(self._lengths(pair)):
                loss, reward = self._pair_loss(cast(Pair, pair))
                loss = loss / whole
                self._ceiling.check()
                torch.autograd.backward(loss)
            total += float(loss.detach())
            self.rewards.append(reward)
        return total

    def _lengths(self, example: Example) -> list[int]:
        """Of the documents in the row that a pair is; one where each answer has a row of its own."""
        pair = cast(Pair, example)
        return [len(pair.chosen.ids), len(pair.rejected.ids)] if self._together else []

    def _pair_loss(self, pair: Pair) -> tuple[torch.Tensor, Reward]:
        now = self._log_probabilities(pair)
        then = self._reference.get(id(pair), (math.nan, math.nan))
        chosen, rejected = (self._beta * (one - other) for one, other in zip(now, then, strict=True))
        return -logsigmoid(chosen - rejected), Reward(float(chosen.detach()), float(rejected.detach()))

    def _log_probabilities(self, pair: Pair) -> tuple[torch.Tensor, torch.Tensor]:
        sides = [pair.chosen, pair.rejected]
        rows = [sides] if self._together else [[side] for side in sides]
        chosen, rejected = (-loss for row in rows for loss in self._losses(row))
        return chosen, rejected

    def _losses(self, row: Sequence[Example]) -> list[torch.Tensor]:
        ids = [side.ids for side in row]
        weights = [[float(trained) for trained in side.mask] for side in row]
        states = self._lower.row([id(side) for side in row], ids)
        if states is None:
            return document_losses(self._adapter.model, ids, weights)
        with self._lower.left_out():
            return document_losses(self._adapter.model, ids, weights, states)
