"""Owns which scenarios to write so that what is missing is there: one scenario fills several gaps.

Puts gaps together by what is at home in a scenario of a type (`resources/balance.yaml`). Writes none itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.dataset.balance import Balance, shipped_balance
from studio.dataset.targets import Gap
from studio.language import N_, _, plural
from studio.scenario.parser import TYPES

MOST = 12
_USUAL_TURNS = (6, 14)


@dataclass(frozen=True, slots=True)
class ToWrite:
    """A scenario to write: what must happen in it. `fills` names what it adds, (`what`, value, how often).

    `turns` counts the narrator's answers; `failed` of the checks; `dc` and `level` are None where any will do. `need`
    is the sum of how much is missing of all that it fills.
    """

    scenario_type: str
    turns: tuple[int, int]
    checks: tuple[tuple[str, int], ...] = ()
    failed: int = 0
    dc: tuple[int, int | None] | None = None
    calls: tuple[tuple[str, int], ...] = ()
    class_name: str | None = None
    level: int | None = None
    fills: tuple[tuple[str, str, int], ...] = ()
    need: float = 0.0

    @property
    def sentence(self) -> str:
        """What to write, in words."""
        kind = _TYPES.get(self.scenario_type)
        head = _(kind) if kind else _("a scenario of type {type}").format(type=self.scenario_type)
        text = _("{a_scenario} of {low} to {high} turns").format(a_scenario=head, low=self.turns[0], high=self.turns[1])
        parts = [_check(skill, count) for skill, count in self.checks] + [_call(*call) for call in self.calls]
        if parts:
            text = _("{scenario} with {parts}").format(scenario=text, parts=_listed(parts))
        text = ", ".join([text, *self._conditions()])
        return f"{text[:1].upper()}{text[1:]}."

    def _conditions(self) -> Iterable[str]:
        if self.checks and self.failed:
            yield plural("{count} check failed", "{count} checks failed", self.failed)
        if self.dc is not None:
            low, high = self.dc
            yield (
                _("DC {low} or more").format(low=low)
                if high is None
                else _("DC {low} to {high}").format(low=low, high=high)
            )
        if self.class_name and self.level is not None:
            yield _("for a level {level} {class_name}").format(level=self.level, class_name=self.class_name)
        elif self.class_name:
            yield _("for a {class_name}").format(class_name=self.class_name)
        elif self.level is not None:
            yield _("for a character of level {level}").format(level=self.level)

    def as_json(self) -> dict[str, object]:
        """The scenario to write as plain values."""
        return {
            "sentence": self.sentence, "type": self.scenario_type, "turns": list(self.turns),
            "checks": [{"skill": skill, "count": count} for skill, count in self.checks], "failed": self.failed,
            "dc": None if self.dc is None else list(self.dc),
            "calls": [{"tool": tool, "count": count} for tool, count in self.calls],
            "class": self.class_name, "level": self.level, "need": round(self.need, 3),
            "fills": [{"what": what, "value": value, "count": count} for what, value, count in self.fills],
        }  # fmt: skip


_TYPES = {
    "combat": N_("a fight"),
    "roleplay": N_("a roleplay"),
    "exploration": N_("an exploration"),
    "mixed": N_("a mixed scenario"),
}


def _check(skill: str, count: int) -> str:
    text = plural("{count} {{skill}} check", "{count} {{skill}} checks", count)
    return text.replace("{skill}", skill)


def _call(tool: str, count: int) -> str:
    return plural("{count} call of {{tool}}", "{count} calls of {{tool}}", count).replace("{tool}", tool)


def _listed(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return _("{parts} and {last}").format(parts=", ".join(parts[:-1]), last=parts[-1])


def to_write(missing: Sequence[Gap], most: int = MOST, balance: Balance | None = None) -> tuple[ToWrite, ...]:
    """The scenarios that fill the gaps, most needed first, at most so many; each takes what the ones before it left."""
    plan = _Plan(missing, balance if balance is not None else shipped_balance())
    written: list[ToWrite] = []
    while len(written) < most and (one := plan.next()) is not None:
        written.append(one)
    return tuple(written)


class _Plan:
    """The gaps while scenarios are laid over them."""

    def __init__(self, missing: Sequence[Gap], balance: Balance) -> None:
        self._balance = balance
        self._gaps = {(gap.what, gap.value): gap for gap in missing}
        self._left = {place: gap.missing for place, gap in self._gaps.items()}

    def next(self) -> ToWrite | None:
        """The scenario that is needed most now, None when no gap is left that a scenario fills."""
        known = [value for what, value in self._left if what == "type"]
        offers = [self._offer(one) for one in dict.fromkeys([*TYPES, *known])]
        best = max(offers, key=lambda one: one.need)
        if best.need <= 0:
            return None
        for what, value, count in best.fills:
            self._left[what, value] = max(0, self._left.get((what, value), 0) - count)
        return best

    def _need(self, what: str, value: str) -> float:
        """How much of a value is missing yet."""
        gap = self._gaps.get((what, value))
        return self._left[what, value] / gap.want if gap is not None and gap.want else 0.0

    def _most(self, what: str) -> str | None:
        """The value of which most is missing yet."""
        open_ = [value for (of, value), left in self._left.items() if of == what and left > 0]
        return max(open_, key=lambda value: self._need(what, value), default=None)

    def _picked(self, what: str, scenario_type: str, room: int) -> tuple[tuple[str, int], ...]:
        """Up to `room` occurrences of the most needed values that are at home in the type, two of one at most."""
        fit = self._balance.to_write.fit
        open_ = [value for (of, value), left in self._left.items() if of == what and left > 0 and value != "roll"]
        open_ = [value for value in open_ if fit(scenario_type, value)]
        picked: list[tuple[str, int]] = []
        for value in sorted(open_, key=lambda value: (-self._need(what, value), value)):
            count = min(2, self._left[what, value], room - sum(number for _value, number in picked))
            if count > 0:
                picked.append((value, count))
        return tuple(picked)

    def _offer(self, scenario_type: str) -> ToWrite:
        """What a scenario of a type would fill now."""
        rules = self._balance.to_write
        checks = self._picked("skill", scenario_type, rules.checks)
        number = sum(count for _skill, count in checks)
        if not number and (self._left.get(("tool", "roll"), 0) or any(map(self._most, ("outcome", "dc")))):
            number = min(2, rules.checks)
            checks = ((self._usual(scenario_type), number),)
        calls = self._picked("tool", scenario_type, rules.calls)
        chosen = {what: self._most(what) for what in ("class", "level", "turns", "dc")}
        failed = self._failed(number)
        fills = [("skill", *one) for one in checks] + [("tool", *one) for one in calls]
        fills += [(what, value, 1) for what, value in chosen.items() if value and what != "dc"]
        fills += [("dc", chosen["dc"], number)] if chosen["dc"] and number else []
        fills += [("tool", "roll", number), ("outcome", "failure", failed), ("outcome", "success", number - failed)]
        fills = [(what, value, count) for what, value, count in [("type", scenario_type, 1), *fills] if count]
        fills = [one for one in fills if self._left.get(one[:2], 0) > 0]
        return ToWrite(
            scenario_type, self._turns(chosen["turns"]), checks, failed, self._dc(chosen["dc"] if number else None),
            calls, chosen["class"], self._level(chosen["level"]), tuple(fills),
            sum(self._need(what, value) * count for what, value, count in fills),
        )  # fmt: skip

    def _usual(self, scenario_type: str) -> str:
        """A skill that is at home in a type, where any will do."""
        fits = self._balance.to_write.fits
        return next(iter(fits.get(scenario_type, ())), next(iter(fits.values()))[0])

    def _failed(self, checks: int) -> int:
        """How many of the checks should fail: half, or as many more as are missing."""
        if not self._left.get(("outcome", "failure"), 0):
            return checks // 2 if not self._left.get(("outcome", "success"), 0) else 0
        return min(checks, max((checks + 1) // 2, min(checks, self._left["outcome", "failure"])))

    def _bounds(self, what: str, value: str | None) -> tuple[int, int | None] | None:
        bands = self._balance.banded(what)
        return bands.bounds(value) if bands is not None and value is not None else None

    def _turns(self, value: str | None) -> tuple[int, int]:
        low, high = self._bounds("turns", value) or _USUAL_TURNS
        return low, high if high is not None else low + 5

    def _dc(self, value: str | None) -> tuple[int, int | None] | None:
        return self._bounds("dc", value)

    def _level(self, value: str | None) -> int | None:
        bounds = self._bounds("level", value)
        return bounds[0] if bounds is not None else None
