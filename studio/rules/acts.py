"""Owns what happens in a fight as it is told: an act, its steps, and the calls that a scenario would write for them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from studio.errors import InputError
from studio.language import N_, _
from studio.rules.checks import Check, Outcome
from studio.rules.dice import Rolled
from studio.rules.party import Change, Combat, Party, Sheet
from studio.scenario.combat_rules import ADVANTAGE, DISADVANTAGE
from studio.scenario.tools import Tool, ToolTable


class CombatRefused(InputError):
    """What the rules of a fight do not allow; nothing has changed."""

    sentence = N_("{reason}")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the rules did, as a scenario writes it: a call, and its result where it has one.

    `call` is empty where the game has no tool for it.
    """

    call: str
    line: str | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What an act came to. `party` is the state afterwards, `changes` what differs, `sentence` tells it.

    `outcome` is that of the throw which decided, if one did; `because` names the conditions that had a part in it.
    `intent` says before the dice what is tried, `brief` afterwards how that went, without numbers.
    """

    kind: str
    party: Party
    sentence: str
    actor: str | None = None
    target: str | None = None
    outcome: Outcome | None = None
    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    thrown: tuple[Rolled, ...] = ()
    because: tuple[str, ...] = ()
    intent: str = ""
    brief: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The contents of its TOOLCALL turns."""
        return tuple(step.line for step in self.steps if step.call and step.line is not None)

    @property
    def asked(self) -> str:
        """The calls that a DM turn makes before these lines."""
        return "\n".join(step.call for step in self.steps if step.call and step.line is not None)

    @property
    def told(self) -> str:
        """The calls with which the DM turn after these lines ends."""
        return "\n".join(step.call for step in self.steps if step.call and step.line is None)


class Scene:
    """An act while it happens: the party as it stands, and everything told so far."""

    def __init__(self, party: Party, tools: ToolTable | None) -> None:
        self.party = party
        self.steps: list[Step] = []
        self.outcome: Outcome | None = None
        self.brief = ""
        self._intents: list[str] = []
        self._tools = tools or ToolTable.shipped()
        self._changes: list[Change] = []
        self._sentences: list[str] = []
        self._thrown: list[Rolled] = []
        self._because: list[str] = []

    def say(self, sentence: str) -> None:
        """Adds a sentence for people."""
        self._sentences.append(sentence)

    def tries(self, sentence: str) -> None:
        """Says what is tried, before the dice fall."""
        self._intents.append(sentence)

    def threw(self, rolled: Rolled) -> None:
        """Adds dice that fell."""
        self._thrown.append(rolled)

    def checked(self, who: str, made: Check, *, dc: int | None, advantage: str | None, outcome: Outcome | None) -> None:
        """Adds a throw and the call that asks for it."""
        words = [made.skill]
        words += [f"dc {dc}"] if dc is not None else []
        words += [advantage] if advantage else []
        words.append(f"for {who}")
        self.steps.append(Step(self._call("roll", " ".join(words)), made.line, outcome))
        self.threw(made.rolled)
        self._because += made.because

    def call(self, effect: str, *words: object) -> None:
        """Adds a call that gives no result."""
        self.steps.append(Step(self._call(effect, " ".join(map(str, words)))))

    def _call(self, effect: str, words: str) -> str:
        tool = _acting_as(self._tools, effect)
        if tool is None or any(mark in words for mark in "[]\r\n"):
            return ""  # a name that no call can hold
        return f"[{tool.name}: {words}]" if words else f"[{tool.name}]"

    def sheet(self, name: str) -> Sheet:
        """Somebody's sheet as it stands; raises CombatRefused where there is none."""
        return found(self.party, name)

    def put(self, sheet: Sheet) -> None:
        """A sheet in place of the one of that name."""
        self._changes += self.sheet(sheet.name).changes(sheet)
        self.party = self.party.with_sheet(sheet)

    def fight(self, combat: Combat | None) -> None:
        """The fight as it goes on."""
        self.party = replace(self.party, combat=combat)

    def changed(self, changes: Iterable[Change]) -> None:
        """Adds changes of the table as a whole."""
        self._changes += changes

    def act(self, kind: str, actor: str | None = None, target: str | None = None) -> Act:
        """All of it."""
        made = partial(Act, kind, self.party, " ".join(self._sentences), actor, target, self.outcome)
        because = tuple(dict.fromkeys(self._because))
        told = " ".join(self._intents), self.brief
        return made(tuple(self.steps), tuple(self._changes), tuple(self._thrown), because, *told)


def _acting_as(tools: ToolTable, effect: str) -> Tool | None:
    """The tool of a game that acts as a shipped one."""
    return next((tool for tool in tools.tools.values() if tool.effect == effect), None)


def found(party: Party, name: str) -> Sheet:
    """Somebody's sheet; raises CombatRefused where there is none."""
    sheet = party.find(name)
    if sheet is None:
        raise CombatRefused(reason=_("Nobody here is called {name}.").format(name=name))
    return sheet


def mode_of(advantage: str | None) -> str | None:
    """What an act is thrown with, as it was asked; raises CombatRefused for another word."""
    if advantage not in (None, "", ADVANTAGE, DISADVANTAGE):
        raise CombatRefused(reason=_("“{word}” is neither adv nor dis.").format(word=advantage))
    return advantage or None
