"""Owns how single values of a sheet are read and written: counts, pairs, items, skills; knows no file and no span."""

import re

from studio.scenario.model import Item

_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_PAIR = re.compile(r"(-?[0-9]{1,9})\s*/\s*([0-9]{1,9})\Z")
_COUNT = re.compile(r"[x×]\s*([0-9]{1,9})\Z", re.IGNORECASE)
_SKILL = re.compile(r"([+\-−–])?([0-9]{1,4})\Z")


def read_number(text: str) -> int | None:
    """A whole number that is not negative, or None."""
    return int(text) if _NUMBER.match(text) else None


def read_pair(text: str) -> tuple[int, int] | None:
    """`18/20` as (18, 20), or None."""
    match = _PAIR.match(text)
    return (int(match[1]), int(match[2])) if match else None


def read_item(text: str) -> Item:
    """`Healing Draught x2` as an item and its count; without a count it is one."""
    words = text.rsplit(None, 1)
    if len(words) == 2:
        if match := _COUNT.match(words[1]):
            return Item(words[0], int(match[1]))
        earlier = words[0].rsplit(None, 1)
        if len(earlier) == 2 and earlier[1] in ("x", "X", "×") and _NUMBER.match(words[1]):
            return Item(earlier[0], int(words[1]))
    return Item(text.strip())


def read_skill(text: str) -> tuple[str, int] | None:
    """`Sleight of Hand +6` as (name, 6), or None where there is no modifier."""
    words = text.replace(":", " ").split()
    tail = 2 if len(words) > 2 and words[-2] in "+-−–" else 1
    match = _SKILL.match("".join(words[-tail:])) if len(words) > tail else None
    if match is None:
        return None
    value = int(match[2])
    return " ".join(words[:-tail]), value if match[1] in (None, "+") else -value


def split_list(text: str) -> list[tuple[int, int]]:
    """Where the entries of a comma-separated list stand; a comma in brackets does not part entries."""
    found: list[tuple[int, int]] = []
    depth = start = 0
    if "(" not in text:
        for entry in text.split(","):
            if bare := entry.strip():
                left = start + len(entry) - len(entry.lstrip())
                found.append((left, left + len(bare)))
            start += len(entry) + 1
        return found
    for place, character in enumerate(text + ","):
        if character == "," and (depth == 0 or place == len(text)):
            entry = text[start:place]
            left = start + len(entry) - len(entry.lstrip())
            if entry.strip():
                found.append((left, left + len(entry.strip())))
            start = place + 1
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
    return found


def write_value(value: object) -> str:
    """A field's value as a sheet writes it."""
    if isinstance(value, Item):
        return value.name if value.count == 1 else f"{value.name} x{value.count}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {modifier:+d}" for name, modifier in value.items())
    if isinstance(value, tuple | list):
        pair = len(value) == 2 and all(isinstance(part, int) for part in value)
        return "/".join(map(str, value)) if pair else ", ".join(write_value(part) for part in value)
    return str(value)
