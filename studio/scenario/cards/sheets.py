"""Owns a character's sheet as text inside a card, and reading it back; knows no card."""

from dataclasses import replace

from studio.scenario.model import Character, Item, Span
from studio.scenario.parser import parse
from studio.scenario.writer import write_sheet

_MOST = 20_000


def sheet_of(character: Character) -> str:
    """The lines of a sheet below its heading."""
    return "\n".join(write_sheet(character)[1:])


def sheet_text(
    name: str, *, kind: str, level: int, health: tuple[int, int], skills: dict[str, int], items: tuple[Item, ...] = ()
) -> str:
    """The sheet of a character made from a few values."""
    return sheet_of(Character(name, kind=kind, level=level, health=health, inventory=items, skills=skills))


def read_sheet(text: object, name: str) -> Character | None:
    """The character whose sheet says `text`; None where it says nothing that a sheet can hold."""
    if not isinstance(text, str) or not text.strip() or len(text) > _MOST or not name:
        return None
    lines = [line for line in text.splitlines() if line.startswith("- ") and "<" not in line]
    body = "\n".join(lines)
    system = parse(f"<SYSTEM>\n# Party\n\n## {name}\n{body}\n</SYSTEM>\n").scenario.system
    party = system.party if system is not None else ()
    if len(party) != 1 or not lines:
        return None
    return replace(party[0], name=name, span=Span(0, 0), field_spans={})
