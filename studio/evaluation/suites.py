"""Owns what a suite's file says: the parts that are measured, and the limits that the figures must keep to.

A suite ships with the studio (`resources/suites/`) or is the designer's own (`suites/` of the workspace, which comes
first). Everything that is wrong with a file is told at once. Measures nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from studio.errors import InputError, PathMissing, UsageError, did_you_mean
from studio.evaluation.kind import Kind, Part
from studio.evaluation.kinds import KINDS
from studio.evaluation.limits import Limit, placed, read_limits
from studio.faults import Fault, found, settings_of, shown, unknown
from studio.files import inside
from studio.language import N_, _
from studio.resources import resource
from studio.scenario.tables import Unreadable, read_table

FOLDER = "suites"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}\Z")


class BadSuite(InputError):
    """A suite's file has mistakes."""

    sentence = N_("{path} cannot be used. {mistakes}")


class UnknownSuite(UsageError):
    """A suite was named that is not there."""

    sentence = N_("There is no suite “{name}”.{question} There are: {known}.")


class UnfitSuiteName(UsageError):
    """A name that no suite can have."""

    sentence = N_("“{name}” can't be a suite's name. Use up to 60 of a-z, 0-9, . _ and -.")


class _Head(pydantic.BaseModel):
    """What a suite says beside its parts."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal[1] = 1
    title: str = pydantic.Field("", max_length=200)
    seed: Annotated[int, pydantic.Field(ge=0, le=2**32 - 1)] = 0


@dataclass(frozen=True, slots=True)
class Suite:
    """What is measured, in parts, and which limits hold. `path` is where it stands."""

    name: str
    title: str
    seed: int
    parts: tuple[Part, ...]
    limits: tuple[Limit, ...]
    path: Path


def suite_names(root: Path | None) -> list[str]:
    """The suites that there are: the workspace's own, then those that ship and have no namesake."""
    folders = [resource(FOLDER), *([root / FOLDER] if root is not None else [])]
    return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})


def find_suite(name: str, root: Path | None) -> Suite:
    """The suite of a name, the workspace's own before one that ships; or that of a file.

    Raises UnknownSuite, BadSuite, or what reading raises.
    """
    if Path(name).suffix in (".yaml", ".yml") and Path(name).is_file():
        return read_suite(Path(name))
    if _NAME.match(name):
        for folder in ([root / FOLDER] if root is not None else []) + [resource(FOLDER)]:
            if (path := folder / f"{name}.yaml").is_file():
                return read_suite(path)
    known = suite_names(root)
    near = did_you_mean(name, known)
    question = _(" Did you mean “{near}”?").format(near=near) if near else ""
    raise UnknownSuite(name=name, question=question, known=", ".join(known))


def own_suite_path(root: Path, name: str) -> Path:
    """Where the workspace's own suite of a name stands; raises UnfitSuiteName."""
    if not _NAME.match(name):
        raise UnfitSuiteName(name=name)
    return inside(root / FOLDER, f"{name}.yaml")


def read_suite(path: Path) -> Suite:
    """The suite in a file; raises PathMissing, BadSuite with all mistakes, or what reading raises."""
    values = _values(path)
    faults: list[Fault] = []
    head = _head(values, faults)
    parts = tuple(_parts(values.get("parts"), faults))
    sound = not faults  # a part that could not be read is no reason to doubt the limits on it
    limits = read_limits(values.get("limits", []), faults, parts if sound else None)
    if faults:
        raise BadSuite(path=path, mistakes=" ".join(map(str, faults)))
    return Suite(path.stem, head.title or path.stem, head.seed, parts, limits, path)


def read_gate(path: Path, parts: Sequence[Part] | None = None) -> tuple[Limit, ...]:
    """The limits in a file of a gate (`limits:` as in a suite), which must be on figures of the `parts` that are given.

    Raises BadSuite or what reading raises.
    """
    values = _values(path)
    faults = [unknown(str(name), {"limits": {}}) for name in values if name not in ("limits", "format")]
    if not values.get("limits"):
        faults.append(Fault("limits", _("it is not given."), _("a list of limits")))
    limits = read_limits(values.get("limits") or [], faults, parts)
    if faults:
        raise BadSuite(path=path, mistakes=" ".join(map(str, faults)))
    return limits


def _values(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        raise PathMissing(path=path)
    try:
        values = read_table(path)
    except Unreadable as error:
        raise BadSuite(path=path, mistakes=_("It is not YAML ({reason}).").format(reason=error)) from error
    if not isinstance(values, Mapping):
        raise BadSuite(path=path, mistakes=_("It is not a table of keys."))
    return {str(name): value for name, value in values.items()}


def _head(values: Mapping[str, Any], faults: list[Fault]) -> _Head:
    given = {name: value for name, value in values.items() if name not in ("parts", "limits")}
    try:
        return _Head.model_validate(given)
    except pydantic.ValidationError as error:
        known = {**settings_of(_Head), "parts": {}, "limits": {}}
        faults.extend(found(error, known))
        return _Head.model_validate({})


def _parts(given: object, faults: list[Fault]) -> Iterator[Part]:
    """The parts that are sound; each mistake of the others goes to `faults`."""
    if not isinstance(given, list) or not given:
        wrong = _("it is not given.") if given is None else _("{given} can't be used.").format(given=shown(given))
        faults.append(Fault("parts", wrong, _("a list, each entry of it a part with its kind")))
        return
    names: set[str] = set()
    for number, one in enumerate(given, 1):
        part = _part(f"parts.{number}", one, faults)
        if part is None:
            continue
        if part.name in names:
            wrong = _("another part is called “{name}”.").format(name=part.name)
            faults.append(Fault(f"parts.{number}.name", wrong, _("a name of its own")))
        names.add(part.name)
        yield part


def _part(place: str, given: object, faults: list[Fault]) -> Part | None:
    if not isinstance(given, Mapping):
        faults.append(Fault(place, _("{given} can't be used.").format(given=shown(given)), _("a kind with settings")))
        return None
    kind = _kind(f"{place}.kind", given.get("kind"), faults)
    name = given.get("name", kind.name if kind is not None else "?")
    if not isinstance(name, str) or not 0 < len(name) <= 60 or "/" in name:
        wrong = _("{given} can't be used.").format(given=shown(name))
        faults.append(Fault(f"{place}.name", wrong, _("a text of 1 to 60 characters without /")))
    if kind is None:
        return None
    settings = {str(key): value for key, value in given.items() if key not in ("kind", "name")}
    try:
        return Part(kind.name, kind.settings.model_validate(settings), str(name))
    except pydantic.ValidationError as error:
        faults.extend(placed(place, fault) for fault in found(error, settings_of(kind.settings)))
        return None


def _kind(place: str, given: object, faults: list[Fault]) -> Kind | None:
    kind = KINDS.get(given) if isinstance(given, str) else None
    if kind is None:
        near = did_you_mean(given, KINDS) if isinstance(given, str) else None
        wrong = _("it is not given.") if given is None else _("{given} is no kind.").format(given=shown(given))
        if near:
            wrong = _("{given} is no kind (did you mean {near}?).").format(given=shown(given), near=near)
        faults.append(Fault(place, wrong, _("one of {names}").format(names=", ".join(KINDS))))
    return kind
