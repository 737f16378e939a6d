"""Owns making the variants of a scenario: so many, of these kinds, each proven by the checks; knows no kind's ways.

The same text, settings and seed give the same variants. One in which a check finds an error, or a warning that its
parent does not have, is thrown away and counted.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath

from studio.dataset.augment.cast import rename_cast
from studio.dataset.augment.parents import AUGMENTED, Made, Maker, Parent, marked
from studio.dataset.augment.places import swap_place
from studio.dataset.augment.reroll import reroll
from studio.dataset.augment.sheets import change_class
from studio.dataset.description import AugmentSettings
from studio.lint import Selection
from studio.scenario.game import Game
from studio.scenario.writer import NotWritable

KINDS: Mapping[str, Maker] = {"cast": rename_cast, "class": change_class, "reroll": reroll, "place": swap_place}
"""The ways to make a variant, by name."""

_TRIES = 4


@dataclass(frozen=True, slots=True)
class Variant:
    """A scenario that was made of another: its text, in which way, of which file, and what was done, for people."""

    text: str
    kind: str
    parent: str
    seed: int
    note: str


@dataclass(frozen=True, slots=True)
class Augmented:
    """The variants of one scenario. `dropped` counts by kind what was made and thrown away; `codes` why."""

    variants: tuple[Variant, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)


def variants(
    text: str, path: PurePath, settings: AugmentSettings, game: Game, seed: int, selection: Selection | None = None
) -> tuple[Variant, ...]:
    """The variants of a scenario, at most `settings.copies`; raises NotAParent.

    `path` is what they name as their parent; its folder says the type where the front matter does not.
    """
    return augmented(text, path, settings, game, seed, selection).variants


def augmented(
    text: str, path: PurePath, settings: AugmentSettings, game: Game, seed: int, selection: Selection | None = None
) -> Augmented:
    """The same, with what was thrown away."""
    if not settings.copies or not settings.kinds:
        return Augmented(())
    parent = Parent(text, path, game, selection)
    making = _Making(parent, seed)
    kinds = list(dict.fromkeys(settings.kinds))
    making.rng(0).shuffle(kinds)  # a scenario with one variant does not always have the same kind
    while kinds and len(making.made) < settings.copies:
        for kind in list(kinds):
            if len(making.made) < settings.copies and not making.make(kind):
                kinds.remove(kind)
    return Augmented(tuple(making.made), dict(making.dropped), dict(making.codes))


class _Making:
    """The variants while they are made."""

    def __init__(self, parent: Parent, seed: int) -> None:
        self.made: list[Variant] = []
        self.dropped: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self._parent = parent
        self._seed = seed
        self._digest = hashlib.sha256(parent.text.encode("utf-8", "surrogatepass")).hexdigest()
        self._texts = {parent.text}
        self._number = 0

    def rng(self, number: int) -> random.Random:
        """The generator of one try."""
        return random.Random(f"{self._seed}/{self._digest}/{number}")

    def make(self, kind: str) -> bool:
        """Adds one more variant of a kind, if that can be done within a few tries."""
        for _try in range(_TRIES):
            self._number += 1
            made = KINDS[kind](self._parent, self.rng(self._number))
            if made is None or made.text in self._texts:
                continue
            self._texts.add(made.text)
            try:
                text = self._marked(made)
            except NotWritable:
                self.dropped[kind] += 1
                continue
            wrong = self._parent.found(text) - self._parent.codes  # the parent has no error
            if not wrong:
                self.made.append(Variant(text, kind, self._parent.path.as_posix(), self._seed, made.note))
                return True
            self.dropped[kind] += 1
            self.codes.update(code for _severity, code in wrong)
        return False

    def _marked(self, made: Made) -> str:
        values: dict[str, str | int | date] = {"parent": self._parent.path.as_posix(), "seed": self._seed}
        return marked(self._parent.read(made.text), (AUGMENTED,), values)
