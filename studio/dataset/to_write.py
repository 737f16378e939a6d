"""Owns what a scenario to write is, in words and as plain values; `writing_plan` says which are to be written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.language import N_, _, plural


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

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "ToWrite":
        """The scenario that `as_json` wrote."""
        low, high = told["turns"]
        return cls(
            told["type"], (low, high), tuple((one["skill"], one["count"]) for one in told["checks"]), told["failed"],
            None if told["dc"] is None else (told["dc"][0], told["dc"][1]),
            tuple((one["tool"], one["count"]) for one in told["calls"]), told["class"], told["level"],
            need=told.get("need", 0.0),
        )  # fmt: skip


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
