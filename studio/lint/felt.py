"""Owns which turns can feel that a sheet lists other skills: those that name one of them; knows no check.

A modifier is looked up by a name that stands in the text, in a call or in a result: who names none of the changed
skills is read as before.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from studio.lint.diagnostics import Cast
from studio.scenario import Character, Span
from studio.scenario.model import plain_name
from studio.scenario.splice import Cell

_NOWHERE = Span(0, 0)
_SKILL = "skills."


def changed_skills(before: Cast, after: Cast) -> frozenset[str] | None:
    """The skills, as they are compared, that sheets list otherwise than before; None where more changed than that."""
    if before.player != after.player or len(before.party) != len(after.party):
        return None
    found: set[str] = set()
    for one, other in zip(before.party, after.party, strict=True):
        if _without_skills(one) != _without_skills(other):
            return None
        listed, now = _listed(one), _listed(other)
        found |= {name for name in listed.keys() | now.keys() if listed.get(name) != now.get(name)}
    return frozenset(found) - {""}


def naming(skills: frozenset[str], cells: Iterable[Cell]) -> Iterator[Cell]:
    """The turns that name one of the skills."""
    if not skills:
        return
    names = (r"[\s_]+".join(map(re.escape, name.split())) for name in skills)
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(names)})(?![^\W_])")  # as `plain_name` compares them
    for cell in cells:
        if cell.speaker is not None and pattern.search(cell.words.lower()):
            yield cell


def _listed(character: Character) -> dict[str, list[int]]:
    """The modifiers of each skill as it is compared; a sheet may list one twice."""
    found: dict[str, list[int]] = {}
    for name, value in character.skills.items():
        found.setdefault(plain_name(name), []).append(value)
    return found


def _without_skills(character: Character) -> Character:
    """All of a sheet but its skills, and where it stands."""
    spans = {name: _NOWHERE for name in character.field_spans if not name.startswith(_SKILL)}
    return replace(character, span=_NOWHERE, skills={}, field_spans=spans)
