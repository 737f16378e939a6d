"""Owns what to write next for what a model gets wrong: how much of it the scenarios hold, against what is enough.

The counts and targets are those that Data's balance shows. Knows no model.
"""

from dataclasses import dataclass
from typing import Any

from studio.dataset.coverage import coverage
from studio.dataset.description import Description, SourceSettings
from studio.dataset.enough import Curves, how_many
from studio.dataset.rows import Row
from studio.dataset.sources import Reading, read_sources
from studio.dataset.targets import gaps, targets_for
from studio.dataset.writing_plan import to_write
from studio.errors import LorewrightError
from studio.evaluation.kind import Place
from studio.language import _


@dataclass(frozen=True, slots=True)
class Advice:
    """What to write of one thing: `what` and `value` are a row of Data's balance, `have` how often it occurs there."""

    what: str
    value: str
    have: int
    missing: int
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "what": self.what, "value": self.value, "have": self.have, "missing": self.missing,
            "sentence": self.sentence,
        }  # fmt: skip


def advice(place: Place, what: str, value: str) -> Advice | None:
    """What the scenarios that are learnt from hold of a value, and what they lack; None where they can't be read."""
    try:
        return _advice(place, what, value)
    except LorewrightError:
        return None


def _advice(place: Place, what: str, value: str) -> Advice | None:
    source = SourceSettings.model_validate({"name": "scenarios", "scenarios": place.scenarios.resolve()})
    read = read_sources(Description(sources=(source,)), place.root, Reading(place.root))
    rows = [one for one in read if isinstance(one, Row)]
    if not rows:
        return None
    found, curves = coverage(rows, place.rules), Curves.shipped()
    have = found.count(what, value)
    open_gaps = gaps(found, targets_for({}, found, curves, place.game), curves)
    gap = next((one for one in open_gaps if (one.what, one.value) == (what, value)), None)
    there = how_many(what, value, have)
    if not have and (gap is None or not gap.missing):
        return Advice(what, value, have, 0, _("there is none of it to learn from"))
    if gap is None or not gap.missing:
        sentence = _("there are {there} to learn from, about enough by count: write ones that say it in other ways")
        return Advice(what, value, have, 0, sentence.format(there=there))
    plan = to_write([gap], 1, found, place.rules)
    sentence = _("there are {there} to learn from, and about {more} more are wanted").format(
        there=there, more=gap.missing
    )
    if plan:
        sentence = _("{sentence}; for instance: {plan}").format(sentence=sentence, plan=plan[0].sentence.rstrip("."))
    return Advice(what, value, have, gap.missing, sentence)
