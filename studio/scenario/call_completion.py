"""Owns what can be written next inside the brackets of a call: the tool, each of its arguments, its options."""

import re
from collections.abc import Callable, Iterable, Iterator

from studio.language import N_, _
from studio.scenario.candidates import Candidate, Completion, Names, fitting
from studio.scenario.model import Character, plain_name
from studio.scenario.surroundings import Surroundings, call_spelling
from studio.scenario.tools import Tool, ToolTable
from studio.scenario.vocabulary import Vocabulary

_WORD = re.compile(r"[^\s,:]*$")
_WHOM = re.compile(r"(?:^|\s)for\s+([^\[\]]*)$")
_HOW_HARD = re.compile(r"(?:^|\s)dc\s+([0-9]*)$")
_OPTIONS = {
    "dc": (("dc ", N_("how hard it is")),),
    "advantage": (("adv", N_("roll twice, keep the higher")), ("dis", N_("roll twice, keep the lower"))),
    "actor": (("for ", N_("who rolls")),),
    "off": (("off", N_("ends it")),),
}
_DIFFICULTY = (
    (5, N_("easy")),
    (10, N_("not hard")),
    (15, N_("hard")),
    (20, N_("very hard")),
    (25, N_("nearly hopeless")),
)


class Arguments:
    """What fits in one call, for a table of tools, a vocabulary, and what stands around the place."""

    def __init__(self, tools: ToolTable, words: Vocabulary, names: Names, around: Surroundings | None) -> None:
        self._tools = tools
        self._words = words
        self._names = names
        self._around = around

    def after(self, begun: str) -> Completion:
        """What goes on from the text behind the bracket."""
        head, colon, rest = begun.partition(":")
        if not colon:
            return fitting(head.lstrip(), (_head(tool) for tool in self._tools.tools.values()))
        tool = self._tools.get(head)
        return self._argument(tool, rest.lstrip()) if tool else Completion()

    def _argument(self, tool: Tool, rest: str) -> Completion:
        """What comes next behind the arguments that are there."""
        whom, hard = _WHOM.search(rest), _HOW_HARD.search(rest)
        if whom and "actor" in tool.options:
            return fitting(whom[1], self._actors(rest[: whom.start()]))
        if hard and "dc" in tool.options:
            return fitting(hard[1], self._difficulties())
        target = ""
        for kind in tool.arguments:
            if kind == "target":
                done = self._target(rest)
                if done is None:
                    return fitting(rest, self._targets(tool))
                target, rest = rest[:done], rest[done:].lstrip()
                continue
            found = fitting(rest, self._values(kind, tool, target, rest))
            if kind == "item" or " " not in rest or found.candidates:
                return found
            rest = rest.partition(" ")[2].lstrip()
        begun = _WORD.search(rest)
        return fitting(begun[0] if begun else "", _options(tool, rest))

    def _target(self, rest: str) -> int | None:
        """How long the name of a character is that the text begins with, a blank behind it."""
        plain = rest.lower().replace("_", " ")
        longest = sorted(self._names.characters, key=len, reverse=True)
        return next((len(name) for name in longest if plain.startswith(f"{plain_name(name)} ")), None)

    def _values(self, kind: str, tool: Tool, target: str, rest: str) -> Iterable[Candidate]:
        kinds: dict[str, Callable[[], Iterable[Candidate]]] = {
            "skill": lambda: self._skills(rest),
            "item": lambda: self._items(tool, target),
            "condition": lambda: self._conditions(target),
            "number": lambda: self._numbers(tool),
        }
        return kinds[kind]() if kind in kinds else ()

    # -- who ------------------------------------------------------------------------------------------

    def _targets(self, tool: Tool) -> Iterator[Candidate]:
        """The characters; those whom the tool is likely meant for come first."""
        names = list(self._names.characters)
        around = self._around
        if around is not None:
            first = around.enemy if tool.effect == "damage" else around.player
            names.sort(key=lambda name: first is None or name != first.name)
        for name in names:
            yield Candidate(f"{name} ", self._about(name, tool), "character")

    def _about(self, name: str, tool: Tool) -> str:
        """What is worth knowing of a character where a tool is used."""
        one = self._around.find(name) if self._around else None
        if one is None or self._around is None:
            return ""
        if tool.effect in ("damage", "heal") and one.health:
            return _("health {now} of {most}").format(now=one.health[0], most=one.health[1])
        return one.kind or ""

    def _actors(self, before: str) -> Iterator[Candidate]:
        """The characters with their modifiers in the skill before `for`, the highest first."""
        skill = re.split(r"\s(?:dc\s|adv|dis)", before, maxsplit=1)[0].strip()
        listed = {name: self._modifier(name, skill) for name in self._names.characters}
        ordered = sorted(listed, key=lambda name: -(listed[name] if listed[name] is not None else -99))  # type: ignore[operator]  # None is -99
        for name in ordered:
            modifier = listed[name]
            yield Candidate(name, "" if modifier is None else f"{modifier:+d}", "character")

    def _modifier(self, name: str, skill: str) -> int | None:
        one = self._around.find(name) if self._around else None
        return one.modifier(skill) if one else None

    # -- what -----------------------------------------------------------------------------------------

    def _skills(self, rest: str) -> Iterator[Candidate]:
        """The skills of who rolls, with their modifiers, the highest first; then those of the rules."""
        listed: dict[str, str] = {}
        if self._around is not None:
            listed = _listed(self._around)
        spelt = {plain_name(skill): skill for skill in self._words.skills}
        for plain, detail in listed.items():
            yield Candidate(spelt.get(plain, call_spelling(plain)), detail, "skill")
        for skill in self._words.skills:
            if plain_name(skill) not in listed:
                yield Candidate(skill, kind="skill")

    def _items(self, tool: Tool, target: str) -> Iterator[Candidate]:
        """What can be taken from the target, as it stands; what can be given, what others carry too."""
        around = self._around
        if around is None:
            yield from (Candidate(name, kind="item") for name in self._names.items)
            return
        own = {item.name: item.count for item in around.items(target)}
        for name, count in own.items():
            yield Candidate(name, f"x{count}" if count > 1 else "", "item")
        if tool.effect == "take" and around.find(target) is not None:
            return
        for one in around.party:
            for item in around.items(one.name):
                if item.name not in own:
                    own[item.name] = item.count
                    yield Candidate(item.name, one.name, "item")

    def _conditions(self, target: str) -> Iterator[Candidate]:
        """What the target is in, to end it; then all others."""
        there = self._around.conditions(target) if self._around else ()
        for condition in there:
            yield Candidate(f"{condition} off", _("ends it"), "condition")
        for condition in self._words.conditions:
            if plain_name(condition) not in there:
                yield Candidate(condition, kind="condition")

    def _numbers(self, tool: Tool) -> Iterator[Candidate]:
        """What the weapons at hand deal."""
        if self._around is not None and tool.effect == "damage":
            for number, weapon in self._around.blows():
                yield Candidate(number, weapon, "number")

    def _difficulties(self) -> Iterator[Candidate]:
        usual = self._words.default_dc
        yield Candidate(str(usual), _("the rules' own"), "number")
        yield from (Candidate(str(number), _(about), "number") for number, about in _DIFFICULTY if number != usual)


def _listed(around: Surroundings) -> dict[str, str]:
    """The listed skills of who rolls, highest first: of the one named behind, else of the player, else of all."""
    named = _WHOM.search(around.after.split(" dc ")[0])
    actor = around.find(named[1].strip()) if named else around.player
    if actor is not None:
        return {plain_name(name): f"{value:+d}" for name, value in _highest(actor)}
    best: dict[str, tuple[int, str]] = {}
    for one in around.party:
        for name, value in _highest(one):
            if value > best.get(plain_name(name), (-(10**9), ""))[0]:
                best[plain_name(name)] = (value, one.name)
    ordered = sorted(best.items(), key=lambda entry: -entry[1][0])
    return {name: f"{value:+d} {who}" for name, (value, who) in ordered}


def _highest(one: Character) -> list[tuple[str, int]]:
    return sorted(one.skills.items(), key=lambda entry: -entry[1])


def _head(tool: Tool) -> Candidate:
    if not tool.arguments:
        return Candidate(f"{tool.name}]", _(tool.help), "tool")
    return Candidate(f"{tool.name}: ", _(tool.help), "tool")


def _options(tool: Tool, written: str) -> Iterator[Candidate]:
    """The options that are not there yet; of two that exclude each other neither, where one is."""
    used = written.lower().split()[: -1 if written[-1:].strip() else None]
    for name in tool.options:
        words = _OPTIONS.get(name, ())
        if not any(text.strip() in used for text, _about in words):
            yield from (Candidate(text, _(about), "option") for text, about in words)
