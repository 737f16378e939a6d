"""Owns what can be written next at a place of a scenario; knows no editor.

The place is the line before it and the block that it stands in, so that an answer costs one line, not the file.
"""

import re
from dataclasses import dataclass, field

from studio.language import N_, _
from studio.scenario.blocks import TAGS
from studio.scenario.tools import Tool, ToolTable
from studio.scenario.vocabulary import Vocabulary

_TAG = re.compile(r"<(/?)([A-Za-z]*)$")
_CALL = re.compile(r"\[([^\[\]]*)$")
_WORD = re.compile(r"[^\s,:]*$")
_OPENING = re.compile(r"\s*(\*[A-Z]*)$")
_SECTION = re.compile(r"#\s+(\w*)$")
_KEY = re.compile(r"\s*[-*]\s+([A-Za-z ]*)$")
_SKILLS = re.compile(r"\s*[-*]\s+Skills:.*?([A-Za-z ]*)$")
_FRONT_KEY = re.compile(r"([a-z]*)$")
_FRONT_VALUE = re.compile(r"(type|player):\s*(.*)$")
_TYPES = ("combat", "roleplay", "exploration", "mixed")
_KEYS = ("Player Character", "NPC Companion", "Level ", "Health: ", "Exp: ", "Inventory: ", "Skills: ", "Spells: ")
_FRONT_KEYS = ("title: ", "type: ", "tags: [", "weight: ", "player: ", "seed: ")
_OPTIONS = {
    "dc": ("dc ", N_("how hard it is")),
    "advantage": ("adv", N_("roll twice, keep the higher")),
    "actor": ("for ", N_("who rolls")),
    "off": ("off", N_("ends it")),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing to write: `text` replaces what was begun, the cursor then stands `back` characters before its end."""

    text: str
    detail: str = ""
    kind: str = "word"
    back: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What fits at a place; the last `begun` characters of the line are replaced."""

    begun: int = 0
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """What this scenario names: its characters and the items they carry."""

    characters: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completer:
    """Answers for one table of tools and one vocabulary."""

    tools: ToolTable = field(default_factory=ToolTable.shipped)
    words: Vocabulary = field(default_factory=Vocabulary.shipped)

    def complete(self, line: str, block: str | None, names: Names) -> Completion:
        """What can follow `line` (up to the cursor) in `block`: a tag's name, `front`, or None outside of blocks."""
        tag = _TAG.search(line)
        if tag:
            return _found(tag[2], _tags(bool(tag[1]), block), extra=1 + len(tag[1]))
        if block == "DM":
            return self._narration(line, names)
        if block == "SYSTEM":
            return self._sheet(line)
        if block == "front":
            return _front(line, names)
        return Completion()

    def _narration(self, line: str, names: Names) -> Completion:
        call = _CALL.search(line)
        if call:
            return self._call(call[1], names)
        opening = _OPENING.match(line.rpartition("<DM>")[2])
        if opening:
            return _found(opening[1], tuple(Candidate(f"{word} ", kind="outcome") for word in self.words.outcomes))
        return Completion()

    def _call(self, begun: str, names: Names) -> Completion:
        head, colon, rest = begun.partition(":")
        if not colon:
            return _found(head.lstrip(), tuple(_head(tool) for tool in self.tools.tools.values()))
        tool = self.tools.get(head)
        return self._argument(tool, rest.lstrip(), names) if tool else Completion()

    def _argument(self, tool: Tool, rest: str, names: Names) -> Completion:
        """What comes next after the arguments that are there."""
        whom = re.search(r"(?:^|\s)for\s+([^\[\]]*)$", rest)
        if whom and "actor" in tool.options:
            return _found(whom[1], _characters(names))
        for kind in tool.arguments:
            if kind == "target":
                done = next(
                    (n for n in _longest_first(names.characters) if rest.lower().startswith(n.lower() + " ")), None
                )
                if done is None:
                    return _found(rest, tuple(Candidate(c.text + " ", c.detail, c.kind) for c in _characters(names)))
                rest = rest[len(done) :].lstrip()
            elif " " not in rest or kind == "item" or _found(rest, self._values(kind, names)).candidates:
                return _found(rest, self._values(kind, names))
            else:
                rest = rest.partition(" ")[2].lstrip()
        begun = _WORD.search(rest)
        return _found(begun[0] if begun else "", _options(tool, rest))

    def _values(self, kind: str, names: Names) -> tuple[Candidate, ...]:
        table = {"skill": self.words.skills, "condition": self.words.conditions, "item": names.items}
        return tuple(Candidate(word, kind=kind) for word in table.get(kind, ()))

    def _sheet(self, line: str) -> Completion:
        section, skills, key = _SECTION.match(line), _SKILLS.match(line), _KEY.match(line)
        if section:
            return _found(
                section[1], tuple(Candidate(name, kind="section") for name in ("Role", "World", "Location", "Party"))
            )
        if skills:
            spoken = (word.replace("_", " ").title() for word in self.words.skills)
            return _found(skills[1].lstrip(), tuple(Candidate(f"{word} +", kind="skill") for word in spoken))
        if key:
            return _found(key[1], tuple(Candidate(word, kind="key") for word in _KEYS))
        return Completion()


def _found(begun: str, candidates: tuple[Candidate, ...], extra: int = 0) -> Completion:
    """The candidates that go on from what was begun; `extra` characters before it are replaced too."""
    wanted = begun.lower().replace("_", " ")

    def plain(candidate: Candidate) -> str:
        return candidate.text.lower().replace("_", " ").lstrip("</")

    starting = tuple(candidate for candidate in candidates if plain(candidate).startswith(wanted))
    inside = tuple(c for c in candidates if wanted and f" {wanted}" in f" {plain(c)}" and c not in starting)
    return Completion(len(begun) + extra, starting + inside)


def _tags(closing: bool, block: str | None) -> tuple[Candidate, ...]:
    if closing or block in TAGS:
        return tuple(Candidate(f"</{tag}>", _("end of the block"), "tag") for tag in TAGS if block in (tag, None))
    return tuple(Candidate(f"<{tag}></{tag}>", _about_tag(tag), "tag", back=len(tag) + 3) for tag in TAGS)


def _about_tag(tag: str) -> str:
    about = {
        "SYSTEM": _("the world, the place and the party"),
        "User": _("what the player says"),
        "DM": _("what the narrator answers"),
        "TOOLCALL": _("the result of a roll"),
    }
    return about[tag]


def _head(tool: Tool) -> Candidate:
    if not tool.arguments:
        return Candidate(f"{tool.name}]", _(tool.help), "tool")
    return Candidate(f"{tool.name}: ", _(tool.help), "tool")


def _options(tool: Tool, written: str) -> tuple[Candidate, ...]:
    used = written.lower().split()
    known = [(name, *_OPTIONS[name]) for name in tool.options if name in _OPTIONS]
    return tuple(Candidate(text, _(about), "option") for _name, text, about in known if text.strip() not in used)


def _characters(names: Names) -> tuple[Candidate, ...]:
    return tuple(Candidate(name, kind="character") for name in names.characters)


def _longest_first(names: tuple[str, ...]) -> list[str]:
    return sorted(names, key=len, reverse=True)


def _front(line: str, names: Names) -> Completion:
    value, key = _FRONT_VALUE.match(line), _FRONT_KEY.fullmatch(line)
    if value:
        words = _TYPES if value[1] == "type" else names.characters
        return _found(value[2], tuple(Candidate(word, kind="value") for word in words))
    if key:
        return _found(key[1], tuple(Candidate(word, kind="key") for word in _FRONT_KEYS))
    return Completion()
