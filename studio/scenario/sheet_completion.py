"""Owns what can be written next in SYSTEM and in front matter: sections, sheet lines, skills, keys and values."""

import re
from collections.abc import Iterable, Iterator

from studio.language import N_, _
from studio.scenario.candidates import Candidate, Completion, Names, fitting
from studio.scenario.model import Character, plain_name
from studio.scenario.sheet import SECTIONS, WRITTEN
from studio.scenario.surroundings import Surroundings
from studio.scenario.vocabulary import Vocabulary

_SECTION = re.compile(r"#\s+(\w*)$")
_KEY = re.compile(r"[-*]\s++([A-Za-z ]*)$")
_SKILLS = re.compile(r"[-*]\s++Skills:(?>.*[^A-Za-z \n])?+([A-Za-z ]*)$")
_FRONT_KEY = re.compile(r"([a-z]*)$")
_FRONT_VALUE = re.compile(r"(type|player|tags|weight):\s*+(?:\[(?>.*[\[\],])?+)?+([^\[\],]*)$")
_TYPES = ("combat", "roleplay", "exploration", "mixed")
_KINDS = ("Player Character", "NPC Companion", "Enemy")
_FRONT_KEYS = {
    "title": ("title: ", N_("what it is called")),
    "type": ("type: ", N_("combat, roleplay, exploration or mixed; else the folder says it")),
    "tags": ("tags: [", N_("words of your own; held-out keeps it out of training")),
    "weight": ("weight: ", N_("how often it counts in training")),
    "player": ("player: ", N_("who acts unless a call says otherwise")),
    "seed": ("seed: ", N_("where the dice of play begin")),
}
_WEIGHTS = (("1", N_("as every scenario")), ("2", N_("twice")), ("0.5", N_("half")))


def in_system(line: str, words: Vocabulary, around: Surroundings | None) -> Completion:
    """What goes on from a line of SYSTEM."""
    bare = line.lstrip()
    section, skills, key = _SECTION.match(line), _SKILLS.match(bare), _KEY.match(bare)
    if section:
        there = around.sections if around else ()
        return fitting(section[1], (Candidate(name.title(), kind="section") for name in SECTIONS if name not in there))
    sheet = around.sheet if around else None
    if skills:
        return fitting(skills[1].lstrip(), _skills(line, words, sheet))
    if key:
        return fitting(key[1], (Candidate(text, kind="key") for text in _keys(sheet)))
    return Completion()


def _keys(sheet: Character | None) -> Iterator[str]:
    """The lines that a sheet does not have yet."""
    if sheet is None or sheet.kind is None:
        yield from _KINDS
    for field, written in WRITTEN.items():
        if sheet is None or field not in sheet.field_spans:
            yield "Level " if field == "level" else f"{written}: "


def _skills(line: str, words: Vocabulary, sheet: Character | None) -> Iterator[Candidate]:
    """The skills that the line does not list yet."""
    there = {plain_name(re.sub(r"[+-]?[0-9]+", "", part)) for part in line.partition(":")[2].split(",")[:-1]}
    there |= {plain_name(name) for name in sheet.skills} if sheet and "skills" in sheet.field_spans else set()
    for skill in words.skills:
        if plain_name(skill) not in there:
            yield Candidate(f"{skill.replace('_', ' ').title().replace(' Of ', ' of ')} +", kind="skill")


def in_front(line: str, names: Names, around: Surroundings | None) -> Completion:
    """What goes on from a line of front matter."""
    value, key = _FRONT_VALUE.match(line), _FRONT_KEY.fullmatch(line)
    if value:
        return fitting(value[2].lstrip(), _values(value[1], names))
    if key:
        there = around.front_keys if around else ()
        entries = ((text, about) for name, (text, about) in _FRONT_KEYS.items() if name not in there)
        return fitting(key[1], (Candidate(text, _(about), "key") for text, about in entries))
    return Completion()


def _values(key: str, names: Names) -> Iterable[Candidate]:
    if key == "weight":
        return (Candidate(text, _(about), "value") for text, about in _WEIGHTS)
    if key == "tags":
        return (Candidate("held-out", _("keeps it out of training"), "value"),)
    return (Candidate(word, kind="value") for word in (_TYPES if key == "type" else names.characters))
