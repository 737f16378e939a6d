"""Owns the words for what is wrong with settings: which one, what is wrong with it, and what it takes.

What a setting takes is read from the types of its field, so that no sentence can say otherwise than the check.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pydantic

from studio.errors import did_you_mean
from studio.language import _

Schema = Mapping[str, Any]
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the setting (`lora.rank`), a sentence on what is wrong, and what would be valid.

    `absent` where something that is named does not exist, rather than being unfit.
    """

    setting: str
    wrong: str
    valid: str = ""
    absent: bool = False

    def __str__(self) -> str:
        told = f"{self.setting}: {self.wrong}"
        return _("{told} It takes {valid}.").format(told=told, valid=self.valid) if self.valid else told


def settings_of(model: type[pydantic.BaseModel]) -> dict[str, Schema]:
    """Every setting by its whole name, those of a part as `part.name`, with the schema of what it takes."""
    whole = model.model_json_schema()
    return dict(_settings(whole, whole.get("$defs", {}), ""))


def _settings(schema: Schema, parts: Schema, prefix: str) -> Iterator[tuple[str, Schema]]:
    for name, field in schema["properties"].items():
        part = parts.get(str(field.get("$ref", "")).rpartition("/")[2])
        if part is not None:
            yield from _settings(part, parts, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def takes_nothing(schema: Schema) -> bool:
    """Whether a setting may be left empty (`null`)."""
    return any(choice.get("type") == "null" for choice in schema.get("anyOf", ()))


def valid(schema: Schema) -> str:
    """What a setting takes, in words: its own, else those of its type."""
    if "takes" in schema:
        return _(schema["takes"])
    if "anyOf" in schema:
        choices = [valid(choice) for choice in schema["anyOf"]]
        return _(" or ").join(choices)
    if "enum" in schema:
        return _("one of {names}").format(names=", ".join(map(str, schema["enum"])))
    if "const" in schema:
        return str(schema["const"])
    match schema.get("type"):
        case "integer":
            return _("a whole number {bounds}").format(bounds=_bounds(schema)).strip()
        case "number":
            return _("a number {bounds}").format(bounds=_bounds(schema)).strip()
        case "boolean":
            return _("true or false")
        case "null":
            return _("null")
        case "array":
            return _("a list, each entry of it {entry}").format(entry=valid(schema.get("items", {})))
    return _text(schema)


def _text(schema: Schema) -> str:
    if schema.get("format") == "path":
        return _("a path")
    if "maxLength" in schema:
        return _("a text of {least} to {most} characters").format(
            least=schema.get("minLength", 0), most=schema["maxLength"]
        )
    return _("a text")


def _bounds(schema: Schema) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    lower = _("from {low}").format(low=_plain(low)) if low is not None else ""
    lower = _("above {low}").format(low=_plain(above)) if above is not None else lower
    upper = _("up to {high}").format(high=_plain(high)) if high is not None else ""
    upper = _("below {high}").format(high=_plain(below)) if below is not None else upper
    return f"{lower} {upper}".strip()


def _plain(number: float) -> str:
    """A number without an exponent."""
    return str(int(number)) if number == int(number) else f"{number:g}"


def found(error: pydantic.ValidationError, known: Mapping[str, Schema]) -> Iterator[Fault]:
    """What pydantic found, each setting once."""
    told = set[str]()
    for detail in error.errors(include_url=False):
        setting = _setting([str(part) for part in detail["loc"]], known)
        if setting in told:
            continue
        told.add(setting)
        yield _fault(setting, detail["type"], detail.get("input"), known)


def _setting(place: list[str], known: Mapping[str, Schema]) -> str:
    """The setting at a place; what lies deeper (an entry of a list, a branch of a choice) belongs to it."""
    for end in range(len(place), 0, -1):
        if (name := ".".join(place[:end])) in known:
            return name
    return ".".join(place)


def _fault(setting: str, kind: str, given: object, known: Mapping[str, Schema]) -> Fault:
    if setting not in known:
        part = any(name.startswith(f"{setting}.") for name in known)
        return _no_group(setting, given, known) if part else unknown(setting, known)
    if kind == "missing":
        return Fault(setting, _("it is not given."), valid(known[setting]))
    return Fault(setting, _("{given} can't be used.").format(given=shown(given)), valid(known[setting]))


def _no_group(setting: str, given: object, known: Mapping[str, Schema]) -> Fault:
    names = ", ".join(name for name in known if name.startswith(f"{setting}."))
    wrong = _("{given} can't be used.").format(given=shown(given))
    return Fault(setting, wrong, _("settings by name: {names}").format(names=names))


def unknown(setting: str, known: Mapping[str, Schema]) -> Fault:
    """A setting that is none, with the nearest that is one."""
    near = did_you_mean(setting, known)
    if near is None:
        return Fault(setting, _("there is no setting of this name."))
    return Fault(setting, _("there is no setting of this name (did you mean {near}?).").format(near=near))


def shown(value: object) -> str:
    """A value as it would be written, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
