"""Owns writing a scenario back: the same text where nothing changed, and else only the changed stretch.

Knows nothing of files. What cannot be written so that it reads back the same is refused.
"""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import yaml

from studio.errors import InputError
from studio.language import N_
from studio.scenario.blocks import MARK, BlockKind
from studio.scenario.fields import write_value
from studio.scenario.lines import newline_of
from studio.scenario.model import Character, Scenario, Span, SystemContext, Turn, plain_name
from studio.scenario.parser import Parsed, parse
from studio.scenario.sheet import SECTIONS, WRITTEN
from studio.scenario.tools import ToolTable

FIELDS = ("name", "kind", "class_name", *WRITTEN)
"""The fields of a character that can be written, as `Character` names them."""


class NoSuchCharacter(InputError):
    """A character was named that the party does not have."""

    sentence = N_("Nobody in the party is called {name}. The party has: {party}.")


class NotWritable(InputError):
    """A value that would not read back as it was given."""

    sentence = N_("“{value}” cannot be written as {field}: it would be read as something else. Nothing was changed.")


def with_health(scenario: Scenario, name: str, health: tuple[int, int]) -> Scenario:
    """The scenario with one character's health as given; raises NoSuchCharacter."""
    return with_field(scenario, name, "health", health)


def with_field(scenario: Scenario, name: str, field: str, value: object, *, tools: ToolTable | None = None) -> Scenario:
    """The scenario with one field of one sheet as given; no other text changes.

    `field` is one of FIELDS, or a key of `other`. None removes the line. Raises NoSuchCharacter, or NotWritable.
    """
    character = _find(scenario, name)
    edit = removal(scenario.text, character, field) if value is None else placing(scenario, character, field, value)
    changed = _spliced(scenario, *edit, tools)
    place = scenario.system.party.index(character) if scenario.system else 0
    party = changed.system.party if changed.system else ()
    if place >= len(party) or not _reads(party[place], field, value):
        raise NotWritable(value=value, field=field)
    return changed


def with_section(scenario: Scenario, section: str, text: str, *, tools: ToolTable | None = None) -> Scenario:
    """The scenario with the text of Role, World or Location as given; raises NotWritable."""
    system = scenario.system
    if system is None:
        raise NotWritable(value=text, field=section)
    span = system.section_spans.get(section)
    newline = newline_of(scenario.text)
    if span is None:
        place = system.content_span.start
        changed = _spliced(scenario, Span(place, place), f"{newline}# {section.title()}{newline}{text}{newline}", tools)
    else:
        end = "" if scenario.text[span.end : span.end + 1] in ("\n", "\r") else newline
        changed = _spliced(scenario, span, text + end, tools)
    if changed.system is None or getattr(changed.system, section) != (text.strip() or None):
        raise NotWritable(value=text, field=section)
    return changed


def render(scenario: Scenario) -> str:
    """The text of a scenario: `scenario.text` where its values still say the same, else with the changes made.

    Values made from nothing (an empty `text`) are written out whole. Raises NotWritable.
    """
    now = parse(scenario.text, path=scenario.path)
    now = _with_metadata(now, scenario.metadata)
    changed = _with_system(now.scenario, scenario.system)
    changed = _with_turns(changed, scenario.turns)
    _proven(changed, scenario)
    return changed.text


def _proven(changed: Scenario, wanted: Scenario) -> None:
    """Refuses a text that does not say what was wanted."""
    if changed.metadata != wanted.metadata:
        raise NotWritable(value=wanted.metadata, field="metadata")
    if _turn_values(changed.turns) != _turn_values(wanted.turns):
        raise NotWritable(value="…", field="turns")
    if wanted.system and changed.system and _values(changed.system.party) != _values(wanted.system.party):
        raise NotWritable(value="…", field="party")


def _turn_values(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.content) for turn in turns]


def _values(party: Sequence[Character]) -> list[list[object]]:
    return [[getattr(character, field) for field in (*FIELDS, "other")] for character in party]


def _find(scenario: Scenario, name: str) -> Character:
    party = scenario.system.party if scenario.system else ()
    for character in party:
        if plain_name(character.name) == plain_name(name):
            return character
    raise NoSuchCharacter(name=name, party=", ".join(character.name for character in party) or "-")


def _reads(character: Character, field: str, value: object) -> bool:
    if field not in FIELDS:
        return character.other.get(field) == (None if value is None else str(value).strip())
    found = getattr(character, field)
    return not found if value is None else bool(found == value)


def _spliced(scenario: Scenario, span: Span, text: str, tools: ToolTable | None) -> Scenario:
    whole = scenario.text[: span.start] + text + scenario.text[span.end :]
    return parse(whole, path=scenario.path, tools=tools).scenario


def placing(scenario: Scenario, character: Character, field: str, value: object) -> tuple[Span, str]:
    """Where a field's value goes and its text: in place of the old one, or as a line of its own."""
    text = " ".join(write_value(value).split("\n"))
    known = field in FIELDS
    span = character.field_spans.get(field if known else f"other.{field}")
    if span is not None:
        glued = span.start == span.end and scenario.text[span.start - 1 : span.start] == ":"
        return span, f" {text}" if glued else text
    line = f"{newline_of(scenario.text)}- {_line(field, text)}"
    if field in ("kind", "class_name"):
        after = character.field_spans["kind" if field == "class_name" and character.kind else "name"].end
        return Span(after, after), line
    return Span(character.span.end, character.span.end), line


def _line(field: str, text: str) -> str:
    if field in ("kind", "class_name"):
        return text
    if field == "level":
        return f"Level {text}"
    return f"{WRITTEN.get(field, field)}: {text}"


def removal(text: str, character: Character, field: str) -> tuple[Span, str]:
    """The whole line of a field, with the line end before it."""
    span = character.field_spans.get(field if field in FIELDS else f"other.{field}")
    if span is None:
        return Span(0, 0), ""
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start))
    if start > 0 and text[start - 1 : start + 1] == "\r\n":
        start -= 1
    return Span(max(start, 0), span.end), ""


def _with_metadata(parsed: Parsed, metadata: dict[str, object]) -> Parsed:
    """Front matter that says `metadata`: single values are replaced in place where that reads back."""
    if parsed.scenario.metadata == metadata:
        return parsed
    old, text = parsed.scenario.metadata, parsed.scenario.text
    if set(metadata) == set(old):
        changed = [key for key in metadata if metadata[key] != old[key]]
        for key in sorted(changed, key=lambda key: -parsed.front_spans[key][1].start):
            span = parsed.front_spans[key][1]
            space = "" if text[span.start - 1 : span.start] == " " else " "
            text = text[: span.start] + space + _flow(metadata[key]) + text[span.end :]
        found = parse(text, path=parsed.scenario.path)
        if found.scenario.metadata == metadata:
            return found
    return parse(_with_front(parsed, metadata), path=parsed.scenario.path)


def _flow(value: object) -> str:
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    return dumped.removesuffix("...\n").strip()


def _with_front(parsed: Parsed, metadata: dict[str, object]) -> str:
    """The text with its front matter written anew."""
    text = parsed.scenario.text
    newline = newline_of(text)
    body = "".join(f"{key}: {_flow(value)}{newline}" for key, value in metadata.items())
    block = next((block for block in parsed.blocks if block.kind is BlockKind.FRONT), None)
    if block is not None:
        return text[: block.content.start] + body + text[block.content.end :]
    mark = MARK if text.startswith(MARK) else ""
    return f"{mark}---{newline}{body}---{newline}{text.removeprefix(MARK)}"


def _with_system(now: Scenario, wanted: SystemContext | None) -> Scenario:
    if wanted is None:
        return now
    if now.system is None:
        content = wanted.content or write_system(wanted)
        place = next((turn.span.start for turn in now.turns), len(now.text))
        newline = newline_of(now.text)
        gap = newline * 2 if now.turns else newline
        return _spliced(now, Span(place, place), f"<SYSTEM>{content}</SYSTEM>{gap}", None)
    if now.system.content != wanted.content:
        return _spliced(now, now.system.content_span, wanted.content, None)
    for section in SECTIONS[:3]:
        if getattr(now.system, section) != getattr(wanted, section):
            now = with_section(now, section, getattr(wanted, section) or "")
    return _with_party(now, wanted.party)


def _with_party(now: Scenario, wanted: tuple[Character, ...]) -> Scenario:
    """The party as wanted, sheet by sheet in order."""
    for place, character in enumerate(wanted):
        party = now.system.party if now.system else ()
        if place >= len(party):
            now = _with_character(now, character)
            continue
        now = _with_sheet(now, party[place], character)
    for surplus in reversed((now.system.party if now.system else ())[len(wanted) :]):
        now = _spliced(now, surplus.span, "", None)
    return now


def _with_sheet(now: Scenario, old: Character, new: Character) -> Scenario:
    name = old.name
    for field in FIELDS:
        value = getattr(new, field)
        if value != getattr(old, field):
            now = with_field(now, name, field, value)
            name = new.name if field == "name" else name
    for key in {**old.other, **new.other}:
        if old.other.get(key) != new.other.get(key):
            now = with_field(now, name, key, new.other.get(key))
    return now


def _with_character(now: Scenario, character: Character) -> Scenario:
    system, newline = now.system, newline_of(now.text)
    if system is None:
        return now
    party = system.section_spans.get("party")
    place = party.end if party else system.content_span.end
    head = "" if party else f"{newline}# Party{newline}"
    tail = "" if party else newline
    sheet = newline.join(["", "", *write_sheet(character)])
    return _spliced(now, Span(place, place), f"{head}{sheet}{tail}", None)


def _with_turns(now: Scenario, wanted: tuple[Turn, ...]) -> Scenario:
    """The turns as wanted; those that are the same at both ends keep their text."""
    old, new = now.turns, wanted
    pairs = zip(_turn_values(old), _turn_values(new), strict=False)
    head = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
    back = zip(reversed(_turn_values(old)[head:]), reversed(_turn_values(new)[head:]), strict=False)
    tail = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], back))
    gone, come = old[head : len(old) - tail], new[head : len(new) - tail]
    if not gone and not come:
        return now
    if [turn.speaker for turn in gone] == [turn.speaker for turn in come]:
        text = now.text
        for before, after in zip(reversed(gone), reversed(come), strict=True):
            span = before.content_span
            text = text[: span.start] + after.content + text[span.end :]
        return parse(text, path=now.path).scenario
    return _with_run(now, head, gone, come)


def _with_run(now: Scenario, head: int, gone: tuple[Turn, ...], come: tuple[Turn, ...]) -> Scenario:
    """Puts new turns in place of a run of old ones that starts at turn `head`."""
    newline = newline_of(now.text)
    written = (newline * 2).join(f"<{turn.speaker}>{turn.content}</{turn.speaker}>" for turn in come)
    if gone:
        return _spliced(now, Span(gone[0].span.start, gone[-1].span.end), written, None)
    before_it = now.turns[head - 1] if head else now.system
    place = before_it.span.end if before_it else 0
    follows = head < len(now.turns) or bool(now.text[place:].strip())
    before = newline * 2 if place else ""
    after = newline if not follows and not now.text[place:] else ""
    return _spliced(now, Span(place, place), f"{before}{written}{after}", None)


def write_system(system: SystemContext) -> str:
    """The content of a SYSTEM block from values alone."""
    parts = [f"# {name.title()}\n{getattr(system, name)}" for name in SECTIONS[:3] if getattr(system, name)]
    sheets = ["\n".join(write_sheet(character)) for character in system.party]
    if sheets:
        parts.append("\n\n".join(["# Party", *sheets]))
    return "\n{}\n".format("\n\n".join(parts))


def write_sheet(character: Character) -> list[str]:
    """The lines of one character's sheet from values alone."""
    lines = [f"## {character.name}"]
    lines += [f"- {value}" for value in (character.kind, character.class_name) if value]
    for field in WRITTEN:
        value = getattr(character, field)
        if value or value == 0:
            lines.append(f"- {_line(field, write_value(value))}")
    return lines + [f"- {key}: {value}" for key, value in character.other.items()]


def fresh(metadata: dict[str, object], system: SystemContext | None, turns: Sequence[Turn], path: Path | None) -> str:
    """The text of a scenario made from values, with nothing written before."""
    return render(Scenario("", path, None, metadata, system, tuple(turns)))
