"""Owns settings as a person keeps them in a file: read, and changed so that the notes beside them stay.

A run's own config.yaml is read too: what the machine made of it (`resolved`) is left out. Knows no bounds.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from studio.errors import InputError, PathMissing
from studio.files import read_text, save_atomic
from studio.jobs.kept_paths import found_paths
from studio.jobs.runs import CONFIG, root_of
from studio.language import N_, _
from studio.scenario.table_edits import rewritten
from studio.scenario.tables import LIMIT, SAFE, Unreadable, table_of
from studio.training.config import RESOLVED
from studio.training.names import OTHER_NAMES, flat
from studio.training.profiles import profile

ENDINGS = (".yaml", ".yml")
"""What the name of a file of settings ends in; scenarios end otherwise."""

_PLACES = ("base", "base_model", "dataset", "preferences", "start_from")


class ConfigUnreadable(InputError):
    """A file of settings cannot be read as one."""

    sentence = N_("{path} can't be read as settings: {reason}. Mend that line; nothing was changed.")


def read_settings(path: Path) -> dict[str, object]:
    """The settings in a file; raises ConfigUnreadable, or the errors of reading a file.

    A path in it that leads to something from the file's folder is meant from there; in a run's own settings, from the
    root of its workspace.
    """
    values = _values(path, read_text(path, LIMIT))
    values.pop(RESOLVED, None)
    if path.name == CONFIG and (root := root_of(path.parent)) is not None:
        values = found_paths(values, root)
    for key in _PLACES:
        if isinstance(values.get(key), str):
            values[key] = _from(path.parent, values[key])
    if isinstance(scenarios := values.get("scenarios"), list):
        values["scenarios"] = [_from(path.parent, one) for one in scenarios]
    return values


def _from(folder: Path, text: object) -> object:
    if isinstance(text, str) and text and (folder / text).exists():
        return str((folder / text).resolve())
    return text


def _values(path: Path, text: str) -> dict[str, object]:
    try:
        values = table_of(text)
        for line, name in _said_twice(yaml.compose(text, SAFE)):
            raise Unreadable(_("line {line}: {name} is set a second time").format(line=line, name=name))
    except Unreadable as error:
        raise ConfigUnreadable(path=path, reason=error) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigUnreadable(path=path, reason=_("it is no list of `setting: value` lines"))
    return values


def _said_twice(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Settings that YAML would let the last of two values have, with their lines."""
    if not isinstance(node, yaml.MappingNode):
        return
    names = set[str]()
    for key, value in node.value:
        if key.value in names:
            yield key.start_mark.line + 1, key.value
        names.add(str(key.value))
        yield from _said_twice(value)


def save_settings(path: Path, changes: Mapping[str, object], *, begin: Path | str) -> None:
    """Writes settings into a file; its notes stay. A new file begins as another one, or as a profile, with its notes.

    Raises ConfigUnreadable where a file cannot be read, UnknownProfile or NotSaved.
    """
    try:
        text = read_text(path, LIMIT)
    except PathMissing:
        if isinstance(begin, Path):
            text = read_text(begin, LIMIT)
        else:
            text, changes = profile(begin).text, {"profile": begin, **changes}
    save_atomic(path, changed(path, text, changes))


def changed(path: Path, text: str, changes: Mapping[str, object]) -> str:
    """The text of a file of settings with some of them changed; each stays where and under the name it has there."""
    wanted = _values(path, text)
    for name, value in flat(changes).items():
        _put(wanted, name, value)
    wanted.pop("title", None)
    return rewritten(text, wanted)


def _put(wanted: dict[str, object], name: str, value: object) -> None:
    """Sets one setting in the place in which the file has it."""
    value = list(value) if isinstance(value, tuple) else value
    for other in (name, *(other for other, meant in OTHER_NAMES.items() if meant == name)):
        if other in wanted:
            wanted[other] = value
            return
    part, dot, rest = name.partition(".")
    inner = wanted.setdefault(part, {}) if dot else wanted
    if isinstance(inner, dict):
        inner[rest or name] = value
    else:
        wanted[part] = {rest: value}
