"""Owns which scenarios to write so that what is missing is there: one scenario fills several gaps.

Puts gaps together by what is at home in a scenario of a type (`resources/balance.yaml`). Writes none itself.
"""

from collections import Counter
from collections.abc import Sequence

from studio.dataset.balance import Balance, shipped_balance
from studio.dataset.coverage import Coverage
from studio.dataset.targets import Gap
from studio.dataset.to_write import ToWrite
from studio.rules import Outcome, Rules
from studio.scenario.model import plain_name
from studio.scenario.parser import TYPES

MOST = 12
ROLL = "roll"
_USUAL_TURNS = (6, 14)


def to_write(
    missing: Sequence[Gap],
    most: int = MOST,
    found: Coverage | None = None,
    rules: Rules | None = None,
    balance: Balance | None = None,
) -> tuple[ToWrite, ...]:
    """The scenarios that fill the gaps, most needed first, at most so many; each takes what the ones before it left.

    `found` is what there is already: where any type or skill will do, the rarer is taken.
    """
    plan = _Plan(missing, found, rules or Rules.shipped(), balance or shipped_balance())
    written: list[ToWrite] = []
    while len(written) < most and (one := plan.next()) is not None:
        written.append(one)
    return tuple(written)


class _Plan:
    """The gaps while scenarios are laid over them."""

    def __init__(self, missing: Sequence[Gap], found: Coverage | None, rules: Rules, balance: Balance) -> None:
        self._balance, self._putting = balance, balance.to_write
        self._wanted = {(gap.what, gap.value): gap.want for gap in missing}
        self._left = Counter({(gap.what, gap.value): gap.missing for gap in missing})
        self._without_dc = {plain_name(name) for name in rules.uncontested}
        self._skills = {plain_name(name) for name in rules.skills}
        self._there = Counter[tuple[str, str]]()
        for what in ("type", "skill"):
            self._there.update({(what, value): n for value, n in (found.counts if found else {}).get(what, {}).items()})

    def next(self) -> ToWrite | None:
        """The scenario that is needed most now, None when no gap is left that a scenario fills."""
        known = [value for what, value in self._wanted if what == "type"]
        offers = [self._offer(one) for one in dict.fromkeys([*TYPES, *known])]
        best = max(offers, key=lambda one: (one.need, -self._there["type", one.scenario_type]))
        if best.need <= 0:
            return None
        for what, value, count in best.fills:
            self._left[what, value] -= min(count, self._left[what, value])
        self._there["type", best.scenario_type] += 1
        self._there.update({("skill", skill): count for skill, count in best.checks})
        return best

    def _need(self, what: str, value: str, count: int = 1) -> float:
        """How much of what is wanted a number of occurrences would bring; nothing beyond what is missing."""
        wanted = self._wanted.get((what, value), 0)
        return min(count, self._left[what, value]) * self._left[what, value] / wanted if wanted else 0.0

    def _open(self, what: str) -> list[str]:
        """The values of which something is missing yet, most needed first."""
        values = [value for (of, value), left in self._left.items() if of == what and left > 0]
        return sorted(values, key=lambda value: (-self._need(what, value), value))

    def _most(self, what: str) -> str | None:
        return next(iter(self._open(what)), None)

    def _picked(self, what: str, scenario_type: str, room: int) -> tuple[tuple[str, int], ...]:
        """Up to `room` occurrences of the most needed values that are at home in the type, two of one at most."""
        picked: list[tuple[str, int]] = []
        for value in self._open(what):
            count = min(2, self._left[what, value], room)
            if count > 0 and value != ROLL and self._putting.fit(scenario_type, value):
                picked.append((value, count))
                room -= count
        return tuple(picked)

    def _checks(self, scenario_type: str) -> tuple[tuple[str, int], ...]:
        """The checks that are missing, and any others where only their DC or outcome is."""
        checks = self._picked("skill", scenario_type, self._putting.checks)
        asked = [*self._open("dc")[:1], *self._open("outcome")]
        wanted = max([self._left["tool", ROLL], *(max(self._left["dc", v], self._left["outcome", v]) for v in asked)])
        room = min(self._putting.checks, wanted) - sum(count for _skill, count in checks)
        at_home = [one for one in self._putting.skills(scenario_type) if one in self._skills - self._without_dc]
        spare = [one for one in at_home if one not in dict(checks)]
        for skill in sorted(spare, key=lambda one: self._there["skill", one])[: max(0, room + 1) // 2]:
            checks = (*checks, (skill, min(2, room)))
            room -= 2
        return checks

    def _offer(self, scenario_type: str) -> ToWrite:
        """What a scenario of a type would fill now."""
        checks = self._checks(scenario_type)
        calls = self._picked("tool", scenario_type, self._putting.calls)
        judged = sum(count for skill, count in checks if skill not in self._without_dc)
        failed = self._failed(judged)
        dc = self._most("dc") if judged else None
        one = {what: self._most(what) for what in ("class", "level", "turns")}
        fills = [("type", scenario_type, 1), *(("skill", *check) for check in checks), *(("tool", *c) for c in calls)]
        fills += [("tool", ROLL, sum(count for _skill, count in checks)), ("dc", dc or "", judged)]
        fills += [("outcome", Outcome.FAILURE.value, failed), ("outcome", Outcome.SUCCESS.value, judged - failed)]
        fills += [(what, value or "", 1) for what, value in one.items()]
        fills = [(what, value, n) for what, value, n in fills if n and self._left[what, value] > 0]
        return ToWrite(
            scenario_type, self._turns(one["turns"]), checks, failed, self._bounds("dc", dc), calls, one["class"],
            self._level(one["level"]), tuple(fills), sum(self._need(*fill) for fill in fills),
        )  # fmt: skip

    def _failed(self, checks: int) -> int:
        """How many of the checks should fail: half, or as many more or fewer as an outcome is missing."""
        failures, successes = (self._left["outcome", one.value] for one in (Outcome.FAILURE, Outcome.SUCCESS))
        if failures > successes:
            return min(checks, max((checks + 1) // 2, failures))
        return max(0, checks // 2 - successes) if successes > failures else checks // 2

    def _bounds(self, what: str, value: str | None) -> tuple[int, int | None] | None:
        bands = self._balance.banded(what)
        return bands.bounds(value) if bands is not None and value is not None else None

    def _turns(self, value: str | None) -> tuple[int, int]:
        low, high = self._bounds("turns", value) or _USUAL_TURNS
        return low, high if high is not None else low + 5

    def _level(self, value: str | None) -> int | None:
        bounds = self._bounds("level", value)
        return bounds[0] if bounds is not None else None
