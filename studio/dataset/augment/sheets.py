"""Owns changing somebody's class with all that follows: skills, level, health, and every roll worked out anew.

The new modifiers are those of the class where they leave each check as it went, else the nearest that do, so that what
the prose tells stays true. Rolls that are compared and not judged keep theirs, since the prose says who was first.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.dataset.augment.parents import Answered, Made, Parent
from studio.dataset.augment.reroll import with_numbers
from studio.dataset.augment.tables import Profession, professions
from studio.language import _
from studio.rules import Sheet
from studio.rules.resolve import acting, effect, judge
from studio.scenario import Character
from studio.scenario.edits import applied
from studio.scenario.model import plain_name
from studio.scenario.party_edits import set_entries, set_field, skill_entry
from studio.scenario.problems import Edit
from studio.scenario.results import read_result
from studio.scenario.writer import NotWritable

_LOWEST, _HIGHEST = -1, 12
_PART = re.compile(r"([+-])([ \t]{0,8})([0-9]{1,6})(?=\()")
_SMALL = frozenset(("of", "the", "and", "a"))
_KEPT = frozenset(("attack", "initiative"))
"""Skills that everyone may list whatever they are."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A class and a level for one character, and the modifiers of the skills that this one rolls."""

    place: int
    character: Character
    profession: Profession
    level: int
    rolled: Mapping[str, int]


def change_class(parent: Parent, rng: random.Random) -> Made | None:
    """The scenario with one character of another class."""
    party = parent.scenario.system.party if parent.scenario.system else ()
    places = [place for place, one in enumerate(party) if _may_change(parent, one)]
    rng.shuffle(places)
    for place in sorted(places, key=lambda place: -len(_rolls(parent, party[place]))):
        change = _choose(parent, place, party[place], rng)
        if change is not None:
            try:
                text = applied(parent.text, [*_sheet(parent, change), *_results(parent, change)])
            except NotWritable:
                continue
            names = {"name": change.character.name, "old": change.character.class_name, "new": change.profession.name}
            return Made(text, _("{name}: {new}, not {old}").format(**names))
    return None


def _may_change(parent: Parent, character: Character) -> bool:
    """Whether somebody rolls, and has a class that nothing but the sheet speaks of."""
    if not character.class_name or "enemy" in (character.kind or "").lower() or not _rolls(parent, character):
        return False
    system = parent.scenario.system
    said = f"{parent.told}\n{system.role}\n{system.world}\n{system.location}" if system else parent.told
    words = [word for word in re.findall(r"[^\W\d_]+", character.class_name.lower()) if word not in _SMALL]
    return not any(re.search(rf"(?<!\w){word}(?:s|es)?(?!\w)", said, re.IGNORECASE) for word in words)


def _rolls(parent: Parent, character: Character) -> list[Answered]:
    """The answered rolls of one character."""
    return [one for one in parent.answered if (sheet := _acting(parent, one)) and sheet.character is character]


def _acting(parent: Parent, one: Answered) -> Sheet | None:
    if one.call.problem is not None or not one.call.arguments:
        return None
    return acting(one.call, parent.party, parent.scenario.player)


def _choose(parent: Parent, place: int, character: Character, rng: random.Random) -> _Change | None:
    """A class that teaches what this one does best, and modifiers that leave every check as it went."""
    rolls = _rolls(parent, character)
    level = _level(parent, character, rng)
    fitting = [one for one in professions().all if _fits(parent, one, character, rolls)]
    rng.shuffle(fitting)
    for profession in fitting:
        rolled = {
            skill: _modifier(parent, skill, [one for one in rolls if _skill(one) == skill], profession, level)
            for skill in dict.fromkeys(_skill(one) for one in rolls)
        }
        known = {skill: value for skill, value in rolled.items() if value is not None}
        if any(value != character.modifier(skill) for skill, value in known.items()):
            return _Change(place, character, profession, level, known)
    return None


def _skill(one: Answered) -> str:
    return plain_name(one.call.arguments[0])


def _fits(parent: Parent, profession: Profession, character: Character, rolls: list[Answered]) -> bool:
    """Whether a class teaches at least half of what is rolled, and is not spoken of."""
    skills = {_skill(one) for one in rolls} - _KEPT
    taught = sum(skill in profession.skills for skill in skills)
    spoken = re.search(rf"(?<!\w){re.escape(profession.name)}", parent.text, re.IGNORECASE)
    return 2 * taught >= len(skills) and spoken is None and profession.name != character.class_name


def _modifier(parent: Parent, skill: str, rolls: list[Answered], profession: Profession, level: int) -> int | None:
    """The modifier nearest to the class's with which each check goes as it went; None where it must stay."""
    sheet = _acting(parent, rolls[0])
    old = sheet.modifier(skill) if sheet else None
    if old is None or any(not _plain(one, old) for one in rolls):
        return None
    wanted = profession.modifier(skill, level)
    wanted = old + 1 if wanted is None else wanted
    kept = [value for value in range(_LOWEST, _HIGHEST + 1) if all(_same(parent, one, value - old) for one in rolls)]
    return min(kept, key=lambda value: (abs(value - wanted), value), default=None)


def _plain(one: Answered, modifier: int) -> bool:
    """Whether a result adds this modifier and nothing beside it, and sums up."""
    line = read_result(one.turn.content)
    return line is not None and [value for value, _source in line.parts] == [modifier] and line.total == line.true_total


def _same(parent: Parent, one: Answered, more: int) -> bool:
    """Whether a roll goes as it went with so much more; a roll that is compared may not change at all."""
    line = read_result(one.turn.content)
    if line is None:
        return False
    before = judge(line.skill, line.total, one.call.dc, parent.rules)
    if before is None:
        return more == 0
    return judge(line.skill, line.total + more, one.call.dc, parent.rules) is before


def _level(parent: Parent, character: Character, rng: random.Random) -> int:
    """The level, one up or down where nothing speaks of levels."""
    level = character.level or 1
    if character.level is None or re.search(r"\blevel", parent.told, re.IGNORECASE) or _levels_up(parent, character):
        return level
    return max(1, level + rng.choice((-1, 0, 1)))


def _levels_up(parent: Parent, character: Character) -> bool:
    calls = (call for turn in parent.scenario.turns for call in turn.tool_calls)
    return any(parent.game.tools.effect(call.name) == "level up" and call.arguments[:1] == (character.name,)
               for call in calls)  # fmt: skip


def _sheet(parent: Parent, change: _Change) -> Iterator[Edit]:
    """The edits of the sheet."""
    scenario, place, one = parent.scenario, change.place, change.character
    yield from set_field(scenario, place, "class_name", change.profession.name)
    if one.level is not None and change.level != one.level:
        yield from set_field(scenario, place, "level", change.level)
        if one.experience is not None and one.experience[1] > 0:
            table = professions()  # the game's own numbers, in the proportion of ours
            needed = max(1, one.experience[1] * table.needed(change.level) // table.needed(one.level))
            have = min(one.experience[0] * needed // one.experience[1], needed - 1)
            yield from set_field(scenario, place, "experience", (have, needed))
    health = _health(parent, change)
    if health is not None and health != one.health:
        yield from set_field(scenario, place, "health", health)
    yield from set_entries(scenario, place, "skills", _skills(parent, change))


def _health(parent: Parent, change: _Change) -> tuple[int, int] | None:
    """The health of the class at the level, as much of it lost; None where somebody falls, then or now."""
    old = change.character.health
    if old is None:
        return None
    most = change.profession.health_at(change.level)
    new = (most - (old[1] - old[0]), most)
    return new if min(_lowest(parent, change.character, old), _lowest(parent, change.character, new)) > 0 else None


def _lowest(parent: Parent, character: Character, health: tuple[int, int]) -> int:
    """The least health that somebody has in the story, beginning with this."""
    sheet = Sheet(character, health, character.inventory, character.level)
    lowest = health[0]
    for turn in parent.scenario.turns:
        for call in turn.tool_calls:
            if call.problem is None and call.arguments and plain_name(call.arguments[0]) == plain_name(character.name):
                sheet = effect(call, sheet, parent.game.tools.effect(call.name))
                lowest = min(lowest, sheet.health[0] if sheet.health else 0)
    return lowest


def _skills(parent: Parent, change: _Change) -> list[str]:
    """The entries of the skills: those that are rolled, and in place of the others what the class teaches."""
    listed = {plain_name(skill) for skill in change.character.skills}
    calls = (call for turn in parent.scenario.turns for call in turn.tool_calls)
    called = {plain_name(call.arguments[0]) for call in calls if call.arguments}
    free = [skill for skill in change.profession.skills if skill not in listed | called]
    entries = []
    for skill, old in change.character.skills.items():
        plain = plain_name(skill)
        value = change.rolled.get(plain, old)
        if plain not in _KEPT | called and free:
            skill = titled(free.pop(0))
            value = change.profession.modifier(skill, change.level) or 0
        entries.append(skill_entry(skill, value))
    return entries


def titled(skill: str) -> str:
    """A skill as a sheet writes it: `Sleight of Hand`."""
    return " ".join(word if word in ("of", "the") else word.capitalize() for word in skill.split())


def _results(parent: Parent, change: _Change) -> Iterator[Edit]:
    """The edits of the TOOLCALL turns."""
    for one in _rolls(parent, change.character):
        line, value = read_result(one.turn.content), change.rolled.get(_skill(one))
        if line is not None and value is not None and value != change.character.modifier(_skill(one)):
            written = with_modifier(one.turn.content, value)
            yield Edit(one.turn.content_span, with_numbers(written, line.natural, line.natural + value))


def with_modifier(line: str, modifier: int) -> str:
    """A result's line with another value in place of its only part; its total stays."""
    sign = "-" if modifier < 0 else "+"
    return _PART.sub(lambda match: f"{sign}{match[2]}{abs(modifier)}", line, count=1)
