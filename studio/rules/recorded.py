"""Owns records of the rules as they stand in a log: a data class as JSON values, and back, each field looked at."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import Any, TypeVar, cast

from studio.errors import InputError
from studio.language import N_, _
from studio.rules.table import Rules

R = TypeVar("R")


class RecordUnreadable(InputError):
    """A record of the rules that cannot be read."""

    sentence = N_("This is no {kind} as the rules write it: {reason}.")


def as_json(value: Any) -> dict[str, object]:
    """A record's fields, without those that are as they are by default."""
    plain: dict[str, object] = asdict(value)
    fields = type(value).__dataclass_fields__
    return {name: one for name, one in plain.items() if one != fields[name].default}


def read(kind: type[R], values: object) -> R:
    """A record from JSON values; raises RecordUnreadable."""
    from pydantic import ValidationError  # only a log that is reopened pays for it

    if not isinstance(values, Mapping):
        raise RecordUnreadable(kind=kind.__name__, reason=_("it is not a table"))
    try:
        found: R = _adapter(cast(Any, kind)).validate_python(dict(values), strict=False)
    except (ValidationError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else _("it is nested too deep")
        raise RecordUnreadable(kind=kind.__name__, reason=reason) from error
    return found


@cache
def _adapter(kind: type[Any]) -> Any:
    """What checks records of a kind; making it takes a hundred times as long as using it."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def rules_json(rules: Rules) -> dict[str, object]:
    """The rules that a game was played by, with how its fights are fought also where that is as it ships."""
    return as_json(replace(rules, own_combat=rules.combat))


def rules_of(values: object) -> Rules:
    """The rules that a game was played by; raises RecordUnreadable."""
    rules = read(Rules, values)
    words = (rules.outcomes.success, rules.outcomes.failure)
    if not 2 <= rules.die <= 1000 or not 1 <= rules.default_dc <= 9999 or not all(words):
        raise RecordUnreadable(kind="Rules", reason=_("a number is out of its bounds"))
    return rules
