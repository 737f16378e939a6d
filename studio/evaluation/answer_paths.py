"""Owns finding values in a JSON answer by a path such as `fleet_orders.*.target`; knows nothing of what they mean."""

import json
from collections.abc import Iterator
from typing import Any

EACH = "*"


def at(value: Any, path: str) -> list[Any]:
    """The values at a path: names joined by dots, `*` for each entry of a list; the whole for an empty path."""
    found = [value]
    for part in path.split(".") if path else ():
        found = [inner for one in found for inner in _step(one, part)]
    return found


def _step(value: Any, part: str) -> Iterator[Any]:
    if part == EACH:
        yield from value if isinstance(value, list) else ()
    elif isinstance(value, dict) and part in value:
        yield value[part]


def canonical(values: list[Any]) -> list[str]:
    """Values in a form in which lists of them are compared whatever their order; `3` and `3.0` are one number."""
    return sorted(json.dumps(_plain(value), sort_keys=True, ensure_ascii=False) for value in values)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def without(value: Any, name: str) -> Any:
    """A value with every entry called `name` left out, at any depth."""
    if isinstance(value, list):
        return [without(inner, name) for inner in value]
    if isinstance(value, dict):
        return {key: without(inner, name) for key, inner in value.items() if key != name}
    return value
