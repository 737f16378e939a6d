"""Owns how far a run has come: everything that goes on over a resume but the tensors; knows no model."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pydantic


@dataclass(slots=True)
class Progress:
    """A run after `step` of its steps.

    `looked` is the last step whose pause (samples, validation) is done. `seen` counts how often each example was learnt
    from; `losses` has one a step, `accuracy` rows are (step, right, of). `seconds` are of steps alone, `whole` of the
    job with all its starts. `reference`, of pairs of answers, is what each was held to be before the first step, those
    of the validation last; `rewards` has one a step: the margin, in which part of the pairs it is above 0, what the
    better answers gained. `best` is the step with the lowest validation loss and that loss, `waited` how many
    validations came since. `batch_size` is how many examples go through the model at once.
    """

    step: int = 0
    looked: int = -1
    losses: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    accuracy: list[tuple[int, int, int]] = field(default_factory=list)
    tokens: int = 0
    trained_tokens: int = 0
    seen: list[int] = field(default_factory=list)
    seconds: float = 0.0
    whole: float = 0.0
    best: tuple[int, float] | None = None
    waited: int = 0
    kept_best: tuple[int, float] | None = None
    batch_size: int = 1
    reference: list[tuple[float, float]] = field(default_factory=list)
    rewards: list[tuple[float, float, float]] = field(default_factory=list)

    def validated(self, step: int, loss: float) -> None:
        """Takes a validation's loss in; one of the same step takes its place."""
        if self.validation and self.validation[-1][0] == step:
            self.validation.pop()
        self.validation.append((step, loss))
        if step == 0:
            return  # the untrained model's
        if self.best is None or loss < self.best[1]:
            self.best, self.waited = (step, loss), 0
        else:
            self.waited += 1

    @property
    def latest_validation(self) -> float | None:
        """The validation loss of this very step, or None."""
        last = self.validation[-1] if self.validation else None
        return last[1] if last is not None and last[0] == self.step else None

    def as_json(self) -> dict[str, object]:
        """Plain values that `of` reads again."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Progress":
        """The progress that was written down; raises ValueError where it cannot be one."""
        found = _READER.validate_python(values)
        if found.step != len(found.losses) or found.step < 0 or not all(map(math.isfinite, found.losses)):
            raise ValueError(f"{found.step} steps, {len(found.losses)} losses")
        return found


_READER = pydantic.TypeAdapter(Progress)
