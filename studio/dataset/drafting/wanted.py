"""Owns what a draft is asked to be, and how a gap in a data set says that; writes nothing."""

from dataclasses import dataclass, replace
from string import capwords

from studio.dataset.balance import Balance, shipped_balance
from studio.dataset.to_write import ToWrite
from studio.errors import UsageError, did_you_mean
from studio.language import N_, _
from studio.rules import Outcome
from studio.scenario import ToolTable
from studio.scenario.game import Game
from studio.scenario.model import plain_name
from studio.scenario.parser import TYPES

WHATS = ("type", "skill", "tool", "outcome", "class", "level", "turns", "dc")
"""What a gap can be of that a draft can fill."""

FIGHT = frozenset(("damage", "begin combat", "end combat"))
FIGHTING = frozenset(("attack", "initiative"))
"""The tools and the skills that only a fight has."""

_MOST_TURNS = 30


class NoSuchGap(UsageError):
    """A gap that no draft can fill."""

    sentence = N_("No draft fills the gap “{gap}”: {reason} Write it like `skill=persuasion`.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A scenario to draft. `skills` are checks, one each; `tools` calls beside them; `turns` the narrator's answers.

    `failed` says how many checks fail (None: as the dice fall), `dc` what they are against (None: the usual). `note` is
    a wish in words that the writer is told.
    """

    scenario_type: str = "mixed"
    skills: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    failed: int | None = None
    dc: int | None = None
    class_name: str | None = None
    level: int | None = None
    turns: int = 6
    note: str = ""

    @property
    def fights(self) -> bool:
        """Whether it has a fight."""
        return self.scenario_type == "combat" or bool({*self.skills} & FIGHTING or {*self.tools} & FIGHT)

    @property
    def blows(self) -> int:
        """How many attacks the fight has."""
        return max(1, self.skills.count("attack"), self.tools.count("damage"))


def wanted_for(one: ToWrite) -> Wanted:
    """What a scenario that is to be written asks for."""
    low, high = one.dc if one.dc is not None else (None, None)
    dc = None if low is None else max(low, 5) if high is None else (max(low, 5) + high) // 2
    return Wanted(
        scenario_type=one.scenario_type if one.scenario_type in TYPES else "mixed",
        skills=_times(one.checks),
        tools=_times(one.calls),
        failed=one.failed if one.checks else None,
        dc=dc,
        class_name=capwords(one.class_name) if one.class_name else None,
        level=one.level,
        turns=min(sum(one.turns) // 2, _MOST_TURNS),
    )


def in_game(wanted: Wanted, game: Game) -> Wanted:
    """The same with a game's own tools under the names of what they do; those that roll become checks.

    Raises NoSuchGap where the game has no such tool.
    """
    for tool in wanted.tools:
        if game.tools.get(tool) is None and tool not in ToolTable.shipped().tools:
            near = game.tools.nearest(tool)
            reason = _("did you mean {near}?").format(near=near) if near else _("this game has no such tool.")
            raise NoSuchGap(gap=f"tool={tool}", reason=reason)
    effects = [game.tools.effect(tool) for tool in wanted.tools]
    usual = game.words.skills[:1] or ("perception",)
    rolls = usual * effects.count("roll") if not wanted.skills else ()
    tools = tuple(effect for effect in effects if effect != "roll")
    return replace(wanted, skills=(*map(plain_name, wanted.skills), *rolls), tools=tools)


def _times(counted: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    return tuple(name for name, count in counted for _number in range(count))


def with_gap(wanted: Wanted, gap: str, balance: Balance | None = None) -> Wanted:
    """The same with a gap, such as `skill=persuasion`, filled; raises NoSuchGap."""
    what, equals, value = (part.strip() for part in gap.partition("="))
    if not equals or what not in WHATS or not value:
        near = did_you_mean(what, WHATS)
        reason = _("did you mean {near}?").format(near=near) if near else _("{known} can be filled.")
        raise NoSuchGap(gap=gap, reason=reason.format(known=", ".join(WHATS)))
    number = _number(what, value, balance if balance is not None else shipped_balance())
    match what:
        case "type" if value in TYPES:
            return replace(wanted, scenario_type=value)
        case "skill":
            return replace(wanted, skills=(*wanted.skills, plain_name(value)))
        case "tool":
            return replace(wanted, tools=(*wanted.tools, plain_name(value)))
        case "outcome" if value in [one.value for one in Outcome]:
            return replace(wanted, failed=_MOST_TURNS if value == Outcome.FAILURE.value else 0)
        case "class":
            return replace(wanted, class_name=value)
        case "level" if number is not None:
            return replace(wanted, level=number)
        case "dc" if number is not None:
            return replace(wanted, dc=number)
        case "turns" if number is not None:
            return replace(wanted, turns=min(number, _MOST_TURNS))
    raise NoSuchGap(gap=gap, reason=_("{value} is no {what}.").format(value=value, what=what))


def _number(what: str, value: str, balance: Balance) -> int | None:
    """A number, or the lower end of a band such as `10-12`."""
    bands = balance.banded(what)
    bounds = bands.bounds(value) if bands is not None else None
    if bounds is not None:
        return max(1, bounds[0])
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else None
