"""Owns renaming a character or a place through one scenario; knows nothing of files.

A character is one of the party; a place is any capitalised phrase of World or Location. Whole words are renamed: on
the sheets, in the front matter, in prose and comments as they are written there (and in capitals), in calls in any
spelling that names the character. Longer names of other characters that hold the old one stay.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import yaml

from studio.errors import UsageError, did_you_mean
from studio.language import N_, _
from studio.scenario.blocks import BlockKind
from studio.scenario.edits import applied
from studio.scenario.front import read_front
from studio.scenario.model import Character, Scenario, Span, plain_name
from studio.scenario.parser import Parsed, parse
from studio.scenario.problems import Edit

_LONGEST, _WORDS, _MOST_KEYS = 80, 12, 50
_FORBIDDEN = '[]<>{}#:,*_"|`\r\n\t\0'
_GAP = r"(?:[ \t_]{1,8}|[ \t]{0,8}(?:\r\n|\n|\r)[ \t]{0,8})"
_BEFORE = r"(?<![^\W_])"
_AFTER = r"(?![^\W_]|[\u0300-\u036f])"
_NAMED = re.compile(r"(?:\[[^:\[\]]{0,80}:\s{0,40}|\bfor\s{1,40})\Z", re.IGNORECASE)
_PHRASE = re.compile(
    r"(?<![\w'’])[^\W\d_a-zß-öø-ÿ][\w'’-]{0,40}"
    r"(?:(?: of the| of| de| von)? [^\W\d_a-zß-öø-ÿ][\w'’-]{0,40}){0,6}"
)
_OPENERS = (
    "The A An Along In On At By Under Near Here When Where Past Below Above Between Beyond Outside Inside Behind From "
    "To Of For With Now And But If As Since While Through Across Up Down Off Over Into It He She They You This That "
    "These Those There No Not Every All Some Most One Two Three After Before Until Each Its His Her Their Our Your"
)
_HEAD = re.compile(rf"(?:(?:{'|'.join(_OPENERS.split())})(?: (?:of|the|at|in|on|and)){{0,3}} )(?=\w)")
_POSSESSIVE = re.compile(r"['’]s?\Z")
_QUOTE = re.compile(r"(?<!\w)['‘](?=\w)")
_SENTENCE_ENDS = '.!?:\n\r"“”'
_INSIDE = (BlockKind.BLOCK, BlockKind.COMMENT, BlockKind.TEXT, BlockKind.UNKNOWN)
_SHAPE = ("kind", "class_name", "level", "health", "experience")


class NoSuchName(UsageError):
    """A name that a scenario does not have."""

    sentence = N_("No character and no place is called {name} here.{hint}")


class CharacterNameTaken(UsageError):
    """A name that another character has."""

    sentence = N_(
        "Another character is called {name} already, so the two could not be told apart. Choose another name."
    )


class BadName(UsageError):
    """A name that a scenario could not be written with."""

    sentence = N_("“{name}” cannot be used as a name: {reason}. Nothing was changed.")


class NameKind(StrEnum):
    """What a name is the name of."""

    CHARACTER = "character"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that can be renamed, as it is written first."""

    text: str
    kind: NameKind
    span: Span


def names_in(parsed: Parsed) -> tuple[Name, ...]:
    """The characters of the party, then the places: the capitalised phrases of World and Location, each once."""
    found: dict[str, Name] = {}
    for character in _party(parsed.scenario):
        span = character.field_spans.get("name", character.span)
        found.setdefault(plain_name(character.name), Name(character.name, NameKind.CHARACTER, span))
    for phrase, span in _places(parsed.scenario):
        found.setdefault(plain_name(phrase), Name(phrase, NameKind.PLACE, span))
    return tuple(found.values())


def rename_edits(parsed: Parsed, old: str, new: str) -> tuple[Edit, ...]:
    """The edits that rename a character or a place, in order.

    Raises NoSuchName, CharacterNameTaken, or BadName where the scenario would read as something else with the new name.
    """
    old, new = " ".join(old.split()), " ".join(new.split())
    name = _meant(parsed, old)
    _refuse(parsed, name, new)
    if name == new:
        return ()
    edits = tuple(sorted(_edits(parsed, name, new), key=lambda edit: edit.span.start))
    _prove(parsed, edits, name, new)
    return edits


def word_edits(parsed: Parsed, old: str, new: str) -> tuple[Edit, ...]:
    """The edits that replace a word, such as one of somebody's names, wherever it stands for itself; in order.

    It need not be the name of anyone. Raises BadName where the scenario would read as something else.
    """
    edits = tuple(sorted(_edits(parsed, old, new), key=lambda edit: edit.span.start))
    _prove(parsed, edits, old, new)
    return edits


def _party(scenario: Scenario) -> tuple[Character, ...]:
    return scenario.system.party if scenario.system else ()


def _settings(scenario: Scenario) -> Iterator[Span]:
    for section in ("world", "location"):
        if scenario.system and section in scenario.system.section_spans:
            yield scenario.system.section_spans[section]


def _places(scenario: Scenario) -> Iterator[tuple[str, Span]]:
    """The capitalised phrases; one word that opens a sentence counts only where it is capitalised elsewhere too."""
    text = scenario.text
    matches = [match for place in _settings(scenario) for match in _PHRASE.finditer(text, place.start, place.end)]
    inner = {plain_name(match[0]) for match in matches if not _opens(text, match.start())}
    for match in matches:
        head = _HEAD.match(match[0])
        start = match.start() + (head.end() if head else 0)
        phrase = _POSSESSIVE.sub("", text[start : match.end()]).rstrip("-")
        opens = head is None and _opens(text, start) and " " not in phrase
        if len(phrase) > 1 and phrase not in _OPENERS.split() and (not opens or plain_name(phrase) in inner):
            yield phrase, Span(start, start + len(phrase))


def _opens(text: str, place: int) -> bool:
    """Whether a sentence begins at a place."""
    while place and text[place - 1] in " \t":
        place -= 1
    return place == 0 or text[place - 1] in _SENTENCE_ENDS


def _meant(parsed: Parsed, old: str) -> str:
    """The name in the spelling of the scenario; raises NoSuchName."""
    for character in _party(parsed.scenario):
        if plain_name(character.name) == plain_name(old):
            return " ".join(character.name.split())
    if old[:1].isupper():
        pattern = _pattern(old, ())
        for place in _settings(parsed.scenario):
            for match in pattern.finditer(parsed.scenario.text, place.start, place.end):
                if " ".join(match[0].split()) == old:
                    return old
    near = did_you_mean(old, [name.text for name in names_in(parsed)]) if old else None
    raise NoSuchName(name=old, hint=_(" Did you mean {near}?").format(near=near) if near else "")


def _refuse(parsed: Parsed, old: str, new: str) -> None:
    """Raises where the new name cannot be a name, or is somebody else's."""
    bad = next((mark for mark in new if mark in _FORBIDDEN or not mark.isprintable()), None)
    if bad is not None:
        raise BadName(name=new, reason=_("“{mark}” has a meaning of its own in a scenario").format(mark=bad))
    if not any(mark.isalnum() for mark in new):
        raise BadName(name=new, reason=_("it has no letter"))
    if len(new) > _LONGEST or len(new.split()) > _WORDS:
        raise BadName(name=new, reason=_("it is longer than {count} characters").format(count=_LONGEST))
    taken = {plain_name(character.name) for character in _party(parsed.scenario)} - {plain_name(old)}
    if plain_name(new) in taken:
        raise CharacterNameTaken(name=new)


def _pattern(old: str, others: Iterable[str]) -> re.Pattern[str]:
    """Finds the name, and the longer names that hold it, which then are not it; in any case."""
    longer = [name for name in others if f" {plain_name(old)} " in f" {plain_name(name)} " and len(name) > len(old)]
    names = [*sorted(longer, key=len, reverse=True), old]
    bodies = [_GAP.join(map(re.escape, plain_name(name).split())) for name in names]
    return re.compile(f"{_BEFORE}(?:{'|'.join([*bodies[:-1], f'(?P<old>{bodies[-1]})'])}){_AFTER}", re.IGNORECASE)


def _edits(parsed: Parsed, old: str, new: str) -> Iterator[Edit]:
    others = [one.name for one in _party(parsed.scenario) if plain_name(one.name) != plain_name(old)]
    pattern, text = _pattern(old, others), parsed.scenario.text
    calls = {call.span.start: call.span.end for turn in parsed.scenario.turns for call in turn.tool_calls}
    for block in parsed.blocks:
        if block.kind is BlockKind.FRONT:
            yield from _front(parsed, block.content, pattern, old, new)
        elif block.kind in _INSIDE:
            for match in pattern.finditer(text, block.content.start, block.content.end):
                if match["old"] and (edit := _edit(text, match, old, new, calls)):
                    yield edit


def _edit(text: str, match: re.Match[str], old: str, new: str, calls: dict[int, int]) -> Edit | None:
    bracket = text.rfind("[", max(0, match.start() - 300), match.start())
    inside = bracket != -1 and calls.get(bracket, -1) >= match.end()
    free = inside and _NAMED.search(text, bracket, match.start()) is not None
    written = _dressed(match["old"], old, new, free=free)
    if written is None:
        return None
    end = match.end()
    if old[-1:] in "sxz" and new[-1:] not in "sxz" and _belongs(text, match.start(), end):
        return Edit(Span(match.start(), end + 1), f"{written}{text[end]}s")
    return Edit(Span(match.start(), end), written)


def _belongs(text: str, start: int, end: int) -> bool:
    """Whether the apostrophe at `end` is that of `Tobias' boots` and closes no quotation of its line."""
    if text[end : end + 1] not in ("'", "’") or text[end + 1 : end + 2] != " " or not text[end + 2 : end + 3].isalpha():
        return False
    line = max(text.rfind("\n", max(0, start - 400), start), text.rfind("\r", max(0, start - 400), start), start - 400)
    return _QUOTE.search(text, max(line + 1, 0), end) is None


def _dressed(found: str, old: str, new: str, *, free: bool) -> str | None:
    """The new name in the dress in which the old one was found, or None where that is only a word like it.

    `free` is where a call names someone, and any spelling does.
    """
    under = "_" in found
    bare = " ".join(found.replace("_", " ").split())
    if bare == old:
        written = new
    elif bare == old.upper() and len(old) > 1:
        written = new.upper()
    elif old[:1].islower() and bare == old[:1].upper() + old[1:]:
        written = new[:1].upper() + new[1:]
    elif free:
        written = new.lower() if bare.islower() else new
    else:
        return None
    if under:
        return written.replace(" ", "_")
    broken = re.search(r"[ \t]*[\r\n]+[ \t]*", found)
    return written.replace(" ", broken[0], 1) if broken else written


def _front(parsed: Parsed, content: Span, pattern: re.Pattern[str], old: str, new: str) -> Iterator[Edit]:
    """The player, and the name in the other texts of front matter; only where it reads as it should."""
    source = parsed.scenario.text[content.start : content.end]
    wanted: dict[str, object] = {}
    edits: list[Edit] = []
    for key, (_key, place) in parsed.front_spans.items():
        value = parsed.scenario.metadata.get(key)
        said = _said(key, value, pattern, old, new) if isinstance(value, str) and key != "type" else value
        if said != value and len(edits) < _MOST_KEYS:
            wanted[key] = said
            written = yaml.safe_dump(said, default_flow_style=True, allow_unicode=True, width=10**6)
            span = Span(place.start - content.start, place.end - content.start)
            edits.append(Edit(span, written.removesuffix("...\n").strip()))
    metadata = parsed.scenario.metadata
    if not _front_reads(source, edits, {**metadata, **wanted}):
        both = zip(edits, wanted, strict=True)
        edits = [edit for edit, key in both if _front_reads(source, [edit], {**metadata, key: wanted[key]})]
    for edit in edits:
        yield Edit(Span(edit.span.start + content.start, edit.span.end + content.start), edit.text)


def _front_reads(source: str, edits: list[Edit], wanted: dict[str, object]) -> bool:
    """Whether front matter says what is wanted with these edits."""
    changed = applied(source, edits)
    read = read_front(changed, Span(0, len(changed)))
    return not read.problems and read.values == wanted


def _said(key: str, value: str, pattern: re.Pattern[str], old: str, new: str) -> str:
    if key == "player":
        return new if plain_name(value) == plain_name(old) else value
    found = [match for match in pattern.finditer(value) if match["old"]]
    edits = (_edit(value, match, old, new, {}) for match in found)
    return applied(value, [edit for edit in edits if edit is not None])


def _prove(parsed: Parsed, edits: tuple[Edit, ...], old: str, new: str) -> None:
    """Raises BadName where the scenario would have another shape with the new name."""
    before = parsed.scenario
    text = applied(before.text, edits)
    after = parse(text, path=before.path, tools=parsed.tools)
    kinds = [problem.kind for problem in parsed.problems]
    same = kinds == [problem.kind for problem in after.problems]
    if not same or _shape(before, old, new) != _shape(after.scenario, new, new):
        raise BadName(name=new, reason=_("with it, the scenario would be read as something else"))


def _shape(scenario: Scenario, old: str, new: str) -> list[object]:
    """What a renaming must leave as it was; the old name counts as the new one."""

    def named(name: str | None) -> str | None:
        plain = None if name is None else plain_name(name)
        return plain_name(new) if plain == plain_name(old) else plain

    shape: list[object] = [named(scenario.player), sorted(scenario.metadata)]
    for one in _party(scenario):
        sizes = [len(one.skills), len(one.spells), len(one.other), [item.count for item in one.inventory]]
        shape += [named(one.name), *(getattr(one, field) is None for field in _SHAPE), one.level, one.health, *sizes]
    for turn in scenario.turns:
        shape.append(turn.speaker)
        for call in turn.tool_calls:
            first = named(call.arguments[0]) if call.arguments else None
            shape += [call.name, named(call.actor), first, len(call.arguments), call.dc, call.advantage]
            shape.append(call.problem is None)
    return shape
