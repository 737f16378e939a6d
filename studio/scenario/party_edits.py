"""Owns changing the party's sheets by small edits of the text: each touches what was changed and nothing beside it.

An edit is tried on the SYSTEM block alone before it is given out, so that its cost does not grow with the play. What
would read back as something else is refused. Characters are named by their place, since two may share a name.
"""

from collections.abc import Callable, Sequence

from studio.scenario.fields import read_item, read_skill, split_list, write_value
from studio.scenario.lines import newline_of
from studio.scenario.model import Character, Item, Scenario, Span, SystemContext, plain_name
from studio.scenario.parser import parse
from studio.scenario.problems import Edit
from studio.scenario.sheet import FIELDS as KEYS
from studio.scenario.sheet import WRITTEN
from studio.scenario.writer import FIELDS, NotWritable, placing, removal, write_sheet

LISTS = ("inventory", "spells", "skills")
"""The fields whose value is a list of entries."""

Proof = Callable[[Sequence[Character]], bool]


def set_field(scenario: Scenario, place: int, field: str, value: object) -> tuple[Edit, ...]:
    """One field of one sheet as given, as `with_field` means it; None removes the line. Raises NotWritable."""
    system, character = _sheet(scenario, place, field, value)
    text = scenario.text
    span, written = removal(text, character, field) if value is None else placing(scenario, character, field, value)
    wanted = None if value is None else (value if field in FIELDS else " ".join(str(value).split("\n")).strip())

    def reads(party: Sequence[Character]) -> bool:
        one = party[place]
        found = getattr(one, field) if field in FIELDS else one.other.get(field)
        return not found if wanted is None else bool(found == wanted)

    return _proven(scenario, system, span, written, reads, field, value)


def set_entries(scenario: Scenario, place: int, field: str, entries: Sequence[str]) -> tuple[Edit, ...]:
    """The entries of a list field as given, each as a sheet writes it; those that stay keep their text and places.

    No entries remove the line. Raises NotWritable.
    """
    system, character = _sheet(scenario, place, field, entries)
    kept = [entry.strip() for entry in entries if entry.strip()]
    if not kept:
        return set_field(scenario, place, field, None)
    span = character.field_spans.get(field)
    wanted = _values(field, kept)
    if span is None:
        at, written = placing(scenario, character, field, ", ".join(kept))
        return _proven(scenario, system, at, written, lambda party: getattr(party[place], field) == wanted, field, kept)
    old = scenario.text[span.start : span.end]
    new = _spliced(old, kept)
    glued = span.start == span.end and scenario.text[span.start - 1 : span.start] == ":"
    text = f" {new}" if glued else new
    return _proven(scenario, system, span, text, lambda party: getattr(party[place], field) == wanted, field, kept)


def entries_of(scenario: Scenario, place: int, field: str) -> tuple[str, ...]:
    """The entries of a list field as they stand in the text."""
    _system, character = _sheet(scenario, place, field, None)
    span = character.field_spans.get(field)
    if span is None:
        return ()
    words = scenario.text[span.start : span.end]
    return tuple(words[start:end] for start, end in split_list(words))


def rename_key(scenario: Scenario, place: int, old: str, new: str) -> tuple[Edit, ...]:
    """The key of an unknown line under another name; raises NotWritable."""
    system, character = _sheet(scenario, place, old, new)
    span = character.field_spans.get(f"key.{old}")
    known = new.strip().lower() in KEYS or new.strip() in character.other
    if span is None or known or not new.strip():
        raise NotWritable(value=new, field=old)
    keys = [new.strip() if key == old else key for key in character.other]
    return _proven(scenario, system, span, new.strip(), lambda party: list(party[place].other) == keys, old, new)


def add_character(scenario: Scenario, character: Character) -> tuple[Edit, ...]:
    """A new sheet after the last; raises NotWritable, also where there is no SYSTEM block."""
    system = scenario.system
    if system is None:
        raise NotWritable(value=character.name, field="name")
    newline = newline_of(scenario.text)
    party = system.section_spans.get("party")
    if party is None:
        at = len(scenario.text[: system.content_span.end].rstrip())
        head, tail = f"{newline}{newline}# Party", "" if scenario.text[at : at + 1] in ("\n", "\r") else newline
    else:
        at = party.end if party.end > party.start else _after_heading(scenario.text, system, party)
        head, tail = "", "" if scenario.text[at : at + 1] in ("\n", "\r") else newline
    sheet = newline.join(["", "", *write_sheet(character)])
    names = [*(one.name for one in system.party), character.name]
    return _proven(
        scenario,
        system,
        Span(at, at),
        f"{head}{sheet}{tail}",
        lambda party: [one.name for one in party] == names,
        "name",
        character.name,
    )


def _after_heading(text: str, system: SystemContext, party: Span) -> int:
    """Where an empty Party section's heading line ends."""
    return len(text[: min(party.start, system.content_span.end)].rstrip())


def remove_character(scenario: Scenario, place: int) -> tuple[Edit, ...]:
    """The party without one sheet; what stands between the others stays. Raises NotWritable."""
    system, character = _sheet(scenario, place, "name", None)
    text = scenario.text
    last = place == len(system.party) - 1
    start = len(text[: character.span.start].rstrip()) if last else character.span.start
    end = character.span.end if last else system.party[place + 1].span.start
    names = [one.name for number, one in enumerate(system.party) if number != place]
    return _proven(
        scenario, system, Span(start, end), "", lambda party: [one.name for one in party] == names, "name", None
    )


def move_character(scenario: Scenario, place: int, steps: int) -> tuple[Edit, ...]:
    """One sheet before or after its neighbour (`steps` -1 or 1); raises NotWritable where there is none."""
    system, _character = _sheet(scenario, place, "name", steps)
    first, second = sorted((place, place + steps))
    if first < 0 or second >= len(system.party) or first == second:
        raise NotWritable(value=steps, field="name")
    one, other = system.party[first].span, system.party[second].span
    text = scenario.text
    gap = text[one.end : other.start]
    swapped = text[other.start : other.end] + gap + text[one.start : one.end]
    names = [member.name for member in system.party]
    names[first], names[second] = names[second], names[first]
    return _proven(
        scenario,
        system,
        Span(one.start, other.end),
        swapped,
        lambda party: [member.name for member in party] == names,
        "name",
        steps,
    )


def item_entry(name: str, count: int) -> str:
    """An item as a sheet writes it."""
    return write_value(Item(name.strip(), count))


def skill_entry(name: str, modifier: int) -> str:
    """A skill as a sheet writes it."""
    return f"{name.strip()} {modifier:+d}"


def _sheet(scenario: Scenario, place: int, field: str, value: object) -> tuple[SystemContext, Character]:
    system = scenario.system
    if system is None or not 0 <= place < len(system.party):
        raise NotWritable(value=value, field=field)
    return system, system.party[place]


def _values(field: str, kept: Sequence[str]) -> object:
    """What a list field reads as with these entries."""
    if field == "inventory":
        return tuple(read_item(entry) for entry in kept)
    if field == "spells":
        return tuple(kept)
    skills: dict[str, tuple[str, int]] = {}
    for entry in kept:  # what is no skill with a modifier, or one a second time, is not read
        skill = read_skill(entry)
        if skill is not None:
            skills.setdefault(plain_name(skill[0]), skill)
    return dict(skills.values())


def _spliced(old: str, entries: Sequence[str]) -> str:
    """The text of a list with other entries: what stands between two that stay is kept as it was written."""
    spans = split_list(old)
    had = [old[start:end] for start, end in spans]
    head = 0
    while head < min(len(had), len(entries)) and had[head] == entries[head]:
        head += 1
    tail = 0
    while tail < min(len(had), len(entries)) - head and had[-1 - tail] == entries[-1 - tail]:
        tail += 1
    gone, come = spans[head : len(spans) - tail], list(entries[head : len(entries) - tail])
    if len(gone) == len(come):
        for (start, end), entry in zip(reversed(gone), reversed(come), strict=True):
            old = old[:start] + entry + old[end:]
        return old
    start = spans[head][0] if head < len(spans) else len(old.rstrip())
    if gone and not come:
        if head + len(gone) < len(spans):
            return old[:start] + old[spans[head + len(gone)][0] :]
        return old[: spans[head - 1][1]] + old[spans[-1][1] :]
    written = ", ".join(come)
    if gone:
        return old[:start] + written + old[gone[-1][1] :]
    if head < len(spans):
        return f"{old[:start]}{written}, {old[start:]}"
    end = spans[-1][1] if spans else len(old)
    return old[:end] + (", " if spans else "") + written + old[end:]


def _proven(
    scenario: Scenario, system: SystemContext, span: Span, written: str, proof: Proof, field: str, value: object
) -> tuple[Edit, ...]:
    """The edit, as small as it can be, if SYSTEM then reads as wanted and everybody else as before."""
    text, begin = scenario.text, system.span.start
    whole = text[begin : span.start] + written + text[span.end : system.span.end]
    after = parse(whole).scenario
    same = after.system is not None and not after.turns and after.system.span == Span(0, len(whole))
    party = after.system.party if after.system is not None else ()
    if not same or abs(len(party) - len(system.party)) > 1 or (party and not _safe(proof, party)):
        raise NotWritable(value=_shown(value), field=WRITTEN.get(field, field))
    if after.system is not None and any(
        getattr(after.system, section) != getattr(system, section) for section in ("role", "world", "location")
    ):
        raise NotWritable(value=_shown(value), field=WRITTEN.get(field, field))
    if field != "name" and not _others_stay(system.party, party, field):
        raise NotWritable(value=_shown(value), field=WRITTEN.get(field, field))
    return _smallest(text, span, written)


def _safe(proof: Proof, party: Sequence[Character]) -> bool:
    try:
        return proof(party)
    except IndexError:
        return False


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _others_stay(before: Sequence[Character], after: Sequence[Character], field: str) -> bool:
    """Whether nothing changed but one field, and that in one sheet only."""
    if len(before) != len(after):
        return False
    touched = 0
    for old, new in zip(before, after, strict=True):
        fields = [name for name in FIELDS if getattr(old, name) != getattr(new, name)]
        if list(old.other.items()) != list(new.other.items()):
            fields.append("other")
        touched += bool(fields)
        if len(fields) > 1 or (fields and fields[0] not in (field, "other")):
            return False
    return touched <= 1


def _smallest(text: str, span: Span, written: str) -> tuple[Edit, ...]:
    """The edit without what is the same at both ends; none where nothing changes."""
    old = text[span.start : span.end]
    if old == written:
        return ()
    head = 0
    while head < min(len(old), len(written)) and old[head] == written[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(written)) - head and old[-1 - tail] == written[-1 - tail]:
        tail += 1
    return (Edit(Span(span.start + head, span.end - tail), written[head : len(written) - tail]),)
