"""Owns saying which rivals a suite's models do not stand beside: some have no meaning, some nothing to go by."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from studio.evaluation.kinds import KINDS
from studio.evaluation.rivals import BASE, RIVALS
from studio.evaluation.running import OpenSuite
from studio.evaluation.summary import Summary
from studio.language import N_, _

_NO_BASE = N_("No base is known (--base names one), or rivals were left out.")
_NOTHING = N_("There is nothing to learn it from, or rivals were left out.")


@dataclass(frozen=True, slots=True)
class Absent:
    """A rival that was not measured on a part, and why; without `rival` something to be known of those that were."""

    part: str
    rival: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """It for people."""
        return f"{self.rival}: {self.reason}" if self.rival else self.reason


def absent(suite: OpenSuite, rivals: Sequence[Summary]) -> list[Absent]:
    """The rivals that are missing, by part; those with one reason together."""
    found: list[Absent] = []
    for part in suite.suite.parts:
        kind = KINDS[part.kind]
        there = {one.measured.rival for one in rivals if one.part(part.name) is not None}
        reasons: dict[str, list[str]] = {}
        for name in RIVALS:
            if name not in there:
                reason = kind.without.get(name) or (_NO_BASE if name == BASE else _NOTHING)
                reasons.setdefault(_(reason), []).append(name)
        found += [Absent(part.name, ", ".join(names), reason) for reason, names in reasons.items()]
        found += [Absent(part.name, "", _(note)) for note in kind.notes if there]
    return found
