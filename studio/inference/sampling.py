"""Owns how the next token is chosen, as whoever asks and the worker both read it; knows no model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; temperature 0 always takes the likeliest.

    `grammar`, in GBNF with a rule `root`, is what the whole answer keeps to; it is complete where it stopped at `end`.
    """

    max_tokens: int = 200
    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    seed: int = 0
    grammar: str | None = None
