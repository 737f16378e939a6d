"""Owns choosing the next id from a row of logits in the steps in which llama.cpp's chain does; knows no model."""

import numpy as np
import numpy.typing as npt

from studio.inference.sampling import Sampling
from studio.workers._hf_grammar import HeldChoice

_RECENT = 64
"""How many of the last ids a repetition counts against."""


class Choice:
    """The choices of one answer; the same seed makes the same."""

    def __init__(self, sampling: Sampling, grammar: HeldChoice | None = None) -> None:
        self._sampling, self._grammar = sampling, grammar
        self._random = np.random.default_rng(sampling.seed & 0xFFFFFFFF)
        self._said: list[int] = []

    def next(self, logits: npt.NDArray[np.float32]) -> int:
        """The next id; raises GrammarRefused."""
        held = logits if self._grammar is None else self._grammar.masked(logits)
        row = self._penalised(held.astype(np.float64))
        token = int(row.argmax()) if self._sampling.temperature <= 0 else self._drawn(row)
        self._said.append(token)
        if self._grammar is not None:
            self._grammar.accept(token)
        return token

    def _penalised(self, row: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if self._sampling.repeat_penalty != 1.0 and self._said:
            said = np.unique(self._said[-_RECENT:])
            penalty = self._sampling.repeat_penalty
            row[said] = np.where(row[said] > 0, row[said] / penalty, row[said] * penalty)
        return row

    def _drawn(self, row: npt.NDArray[np.float64]) -> int:
        sampling = self._sampling
        order = np.argsort(-row, kind="stable")
        order = order[: sampling.top_k] if sampling.top_k > 0 else order
        chances = _softmax(row[order])
        if sampling.top_p < 1.0:
            count = int(np.searchsorted(np.cumsum(chances), sampling.top_p)) + 1
            order, chances = order[:count], chances[:count]
        likely = chances >= sampling.min_p * chances[0]
        chances = _softmax(row[order[likely]] / sampling.temperature)
        return int(self._random.choice(order[likely], p=chances))


def _softmax(row: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(row - row.max())
    return np.asarray(powers / powers.sum())
