"""Owns what stands around a place of a scenario that is being written: who is there, what they carry by now, what is
due next. Knows no editor and no candidate.

Asked for are only the turn before the place, which is read from the text itself, and the scenario as it was last
read, which may be a moment old; each answer is found when it is first asked for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from studio.scenario.blocks import BlockKind, scan
from studio.scenario.calls import find_calls, name_index
from studio.scenario.model import Character, Item, ToolCall, plain_name
from studio.scenario.parser import Parsed
from studio.scenario.results import ResultLine, read_result
from studio.scenario.tools import ToolTable
from studio.scenario.vocabulary import Vocabulary

NATURAL = 13
"""What a die shows in a result that is not written yet."""

_OPENING = ("<User>", "<DM>", "<SYSTEM>")
_REACH = 200_000
_KEPT = ("give", "take", "condition")
_POINTS = re.compile(r"\(([0-9]{1,3})\)")


@dataclass(frozen=True, slots=True)
class Due:
    """A block that may follow: its tag, what it would begin with, and why."""

    tag: str
    content: str = ""
    answers: str = ""


@dataclass(slots=True)
class _Standing:
    """What one character carries and is in, by now: how many of each item by its plain name, and its spelling."""

    counts: dict[str, int]
    spelt: dict[str, str]
    conditions: list[str]


class Surroundings:
    """The surroundings of the place `offset` of `text`; `parsed` is the scenario as it was last read."""

    def __init__(self, text: str, offset: int, parsed: Parsed | None, tools: ToolTable, words: Vocabulary) -> None:
        self.text = text
        self.offset = offset
        self.tools = tools
        self.words = words
        self._parsed = parsed

    # -- who is there ---------------------------------------------------------------------------------

    @cached_property
    def party(self) -> tuple[Character, ...]:
        """The characters on the sheets."""
        system = self._parsed.scenario.system if self._parsed else None
        return system.party if system else ()

    @property
    def has_system(self) -> bool:
        """Whether there is a SYSTEM block."""
        return self._parsed is not None and self._parsed.scenario.system is not None

    @property
    def player(self) -> Character | None:
        """Who acts unless a call says otherwise: the player of the front matter, else the one player character."""
        named = self._parsed.scenario.player if self._parsed else None
        if named:
            return self.find(named)
        return next((one for one in self.party if "player" in (one.kind or "").lower()), None)

    @property
    def enemy(self) -> Character | None:
        """Somebody to fight."""
        kinds = ("enemy", "foe", "monster")
        return next((one for one in self.party if any(kind in (one.kind or "").lower() for kind in kinds)), None)

    def find(self, name: str) -> Character | None:
        """The character of that name, case-free, `_` as a space."""
        return next((one for one in self.party if plain_name(one.name) == plain_name(name)), None)

    @property
    def sheet(self) -> Character | None:
        """The character on whose sheet the place is."""
        found = None
        for one in self.party:
            if one.span.start <= self.offset:
                found = one
        return found

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that SYSTEM has, in lower case."""
        system = self._parsed.scenario.system if self._parsed else None
        return tuple(system.section_spans) if system else ()

    @property
    def in_party(self) -> bool:
        """Whether the place is in the section of the sheets."""
        system = self._parsed.scenario.system if self._parsed else None
        span = system.section_spans.get("party") if system else None
        return span is not None and self.offset >= span.start

    @property
    def front_keys(self) -> tuple[str, ...]:
        """The keys that front matter has."""
        return tuple(self._parsed.front_spans) if self._parsed else ()

    @property
    def after(self) -> str:
        """What stands behind the place, up to the end of the call."""
        return re.split(r"[\]\r\n\[]", self.text[self.offset : self.offset + 300], maxsplit=1)[0]

    # -- what is due ----------------------------------------------------------------------------------

    @cached_property
    def _blocks(self) -> tuple[tuple[str, str, bool], ...]:
        """The blocks from the last turn that is no result on: tag, content, and whether it is closed."""
        floor = max(0, self.offset - _REACH)
        start = max(self.text.rfind(tag, floor, self.offset) for tag in _OPENING)
        if start < 0:
            return ()
        source = self.text[start : self.offset]
        blocks = (block for block in scan(source)[0] if block.kind is BlockKind.BLOCK)
        return tuple(
            (block.name, source[block.content.start : block.content.end], block.closing is not None) for block in blocks
        )

    def _calls(self, content: str) -> tuple[ToolCall, ...]:
        return find_calls(content, self.tools, name_index(one.name for one in self.party))

    def _results(self, content: str) -> list[ToolCall]:
        """The calls of a DM turn that a TOOLCALL answers."""
        calls = self._calls(content)
        return [call for call in calls if (tool := self.tools.get(call.name)) is not None and tool.result]

    @cached_property
    def due(self) -> tuple[Due, ...]:
        """The blocks that may follow, the likely one first."""
        closed = [(tag, content) for tag, content, ended in self._blocks if ended]
        if not closed:
            return (Due("User"), Due("DM")) if self.has_system else (Due("SYSTEM"), Due("User"), Due("DM"))
        first, content = closed[0]
        answers = [words for tag, words in closed[1:] if tag == "TOOLCALL"]
        owed = self._results(content) if first == "DM" else []
        if len(answers) < len(owed):
            call = owed[len(answers)]
            return (Due("TOOLCALL", self.result_of(call), call.text), Due("User"), Due("DM"))
        if answers:
            word = self._outcome(owed, answers)
            return (Due("DM", f"{word} " if word else ""), Due("User"))
        return (Due("DM"), Due("User")) if first == "User" else (Due("User"), Due("DM"))

    @property
    def opening(self) -> str | None:
        """The word with which the DM turn at the place opens, or None where no check came before it."""
        due = self._before("<DM>")
        return due.content.strip() or None if due.tag == "DM" else None

    @property
    def owed(self) -> str | None:
        """The line of the result that is due where the TOOLCALL turn at the place begins."""
        due = self._before("<TOOLCALL>")
        return due.content if due.tag == "TOOLCALL" else None

    def _before(self, tag: str) -> Due:
        """What was due where the block at the place begins."""
        start = max(self.text.rfind(tag, max(0, self.offset - _REACH), self.offset), 0)
        return Surroundings(self.text, start, self._parsed, self.tools, self.words).due[0]

    def _outcome(self, owed: list[ToolCall], answers: list[str]) -> str | None:
        """The word that the last of the answered checks asks for."""
        uncontested = {plain_name(name) for name in self.words.uncontested}
        word = None
        for place, answer in enumerate(answers):
            line: ResultLine | None = read_result(answer)
            if line is None or plain_name(line.skill) in uncontested:
                continue
            said = owed[place].dc if place < len(owed) else None
            dc = said if said is not None else self.words.default_dc
            word = self.words.outcomes[0 if line.total >= dc else 1]
        return word

    def result_of(self, call: ToolCall) -> str:
        """The line that answers a roll, as if the die had shown NATURAL; only the skill where that is no roll."""
        skill = call.arguments[0] if call.arguments else call.name
        actor = self.actor(skill, call.actor)
        return result_line(skill, actor.modifier(skill) if actor else None)

    # -- what they can do and carry -------------------------------------------------------------------

    def actor(self, skill: str, named: str | None) -> Character | None:
        """Who rolls: the named one, else the player, else whoever lists the highest modifier."""
        said = self._parsed.scenario.player if self._parsed else None
        if named or said:
            return self.find(named or said or "")
        listed = [(value, one) for one in self.party if (value := one.modifier(skill)) is not None]
        return max(listed, key=lambda entry: entry[0])[1] if listed else None

    @cached_property
    def _standing(self) -> dict[str, _Standing]:
        """What everybody carries and is in at the place: the sheets, and the calls before it."""
        found = {plain_name(one.name): _sheet_of(one) for one in self.party}
        effects = {name: tool.effect for name, tool in self.tools.tools.items() if tool.effect in _KEPT}
        for call in self._calls_before():
            effect = effects.get(call.name)
            if effect is not None and len(call.arguments) > 1 and call.problem is None:
                standing = found.get(plain_name(call.arguments[0]))
                if standing is not None:
                    _carry_out(effect, call.arguments, standing)
        return found

    def _calls_before(self) -> Iterator[ToolCall]:
        """The calls of the turns before the place, and those of the turn at it that stand before it."""
        floor = max(0, self.offset - _REACH)
        begun = max(self.text.rfind(tag, floor, self.offset) for tag in _OPENING)
        end = begun if begun >= 0 else self.offset
        for turn in self._parsed.scenario.turns if self._parsed else ():
            if turn.span.end > end:
                break
            if turn.tool_calls:
                yield from turn.tool_calls
        for tag, content, _closed in self._blocks:
            if tag == "DM":
                yield from self._calls(content)

    def items(self, name: str) -> tuple[Item, ...]:
        """What a character carries by now."""
        standing = self._standing.get(plain_name(name))
        if standing is None:
            return ()
        return tuple(Item(standing.spelt[plain], count) for plain, count in standing.counts.items() if count > 0)

    def conditions(self, name: str) -> tuple[str, ...]:
        """What a character is in by now."""
        standing = self._standing.get(plain_name(name))
        return tuple(standing.conditions) if standing else ()

    def blows(self, *, at_first: bool = False) -> tuple[tuple[str, str], ...]:
        """The numbers that the weapons deal, the player's first, and the weapon of each; by now, or on the sheets."""
        player = self.player
        bearers = ([player] if player else []) + [one for one in self.party if one is not player]
        found: dict[str, str] = {}
        for one in bearers:
            for item in one.inventory if at_first else self.items(one.name):
                if match := _POINTS.search(item.name):
                    found.setdefault(match[1], item.name[: match.start()].strip())
        return tuple(found.items())

    def values(self) -> dict[str, str]:
        """What a snippet is filled in with."""
        player, enemy, blows = self.player, self.enemy, self.blows(at_first=True)
        known = [name for name in player.skills if plain_name(name) not in ("attack", "initiative")] if player else []
        modifier = player.skills[known[0]] if player and known else None
        total = NATURAL + (modifier or 0)
        word = self.words.outcomes[0 if total >= self.words.default_dc else 1]
        found = {"OUTCOME": word, "MODIFIED": _modified(modifier), "TOTAL": str(total)}
        if known:
            found["SKILL"] = call_spelling(known[0])
        if player:
            found["PLAYER"] = player.name
        if enemy:
            found["ENEMY"] = enemy.name
        if blows:
            found["DAMAGE"] = blows[0][0]
        return found


def call_spelling(skill: str) -> str:
    """A skill as calls write it."""
    return plain_name(skill).replace(" ", "_")


def result_line(skill: str, modifier: int | None, natural: int = NATURAL) -> str:
    """A result as it is written: `stealth: 13 + 6(skill) = *19*`."""
    return f"{skill}: {natural}{_modified(modifier)} = *{natural + (modifier or 0)}*"


def _modified(modifier: int | None) -> str:
    if modifier is None:
        return ""
    return f" {'-' if modifier < 0 else '+'} {abs(modifier)}(skill)"


def _sheet_of(one: Character) -> _Standing:
    counts: dict[str, int] = {}
    for item in one.inventory:
        counts[plain_name(item.name)] = counts.get(plain_name(item.name), 0) + item.count
    return _Standing(counts, {plain_name(item.name): item.name for item in reversed(one.inventory)}, [])


def _carry_out(effect: str, arguments: tuple[str, ...], standing: _Standing) -> None:
    """What a call does to what somebody carries and is in."""
    plain = plain_name(arguments[1])
    if effect == "condition":
        if plain in standing.conditions:
            standing.conditions.remove(plain)
        if arguments[2:] != ("off",):
            standing.conditions.append(plain)
        return
    count = int(arguments[2]) if len(arguments) > 2 and arguments[2].isdigit() else 1
    left = standing.counts.get(plain, 0) + (count if effect == "give" else -count)
    if plain in standing.counts and left <= 0:
        del standing.counts[plain]
    elif left > 0:
        standing.spelt.setdefault(plain, arguments[1])
        standing.counts[plain] = left
