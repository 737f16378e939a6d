"""Owns changing the text of a description: a source put in, taken out, one of its settings changed.

Comments and order stay as a person wrote them, because only the lines concerned are written anew. What cannot be
changed so (a list in brackets) is written whole. Knows no file: it takes a text and returns one.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pydantic
import yaml

from studio.dataset.description import BadDescription, Description
from studio.language import _


def with_source(text: str, path: Path, source: Mapping[str, object]) -> str:
    """The text with one more source at the end of the list; raises BadDescription where the whole is then wrong."""
    values = {name: value for name, value in source.items() if value not in (None, {})}
    sources = _sources(text)
    if sources is None or sources.flow_style:
        return _checked(_rewritten(text, path, lambda found: found.append(values)), path)
    at = _line_after(text, _last_end(sources))
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    return _checked(before + _item(values, sources.start_mark.column) + text[at:], path)


def without_source(text: str, path: Path, name: str) -> str:
    """The text without the source of that name."""
    sources = _sources(text)
    node = _source(sources, name)
    if node is None or sources is None or sources.flow_style or node.flow_style:
        return _checked(_rewritten(text, path, lambda found: _drop(found, name)), path)
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    return _checked(text[:start] + text[_line_after(text, _last_end(node)) :], path)


def with_setting(text: str, path: Path, source: str, setting: str, value: object) -> str:
    """The text with one setting of a source changed; None takes it out."""
    node = _source(_sources(text), source)
    made = _put(text, node, (setting,), value)
    if made is None:
        made = _rewritten(text, path, lambda found: _set(found, source, setting, value))
    return _checked(made, path)


def with_nested(text: str, path: Path, keys: Sequence[str], value: object) -> str:
    """The text with a setting of the whole changed, named by its keys from the outermost; None takes it out."""
    made = _put(text, _root(text), keys, value)
    if made is None:
        values = yaml.safe_load(text)
        part = values
        for key in keys[:-1]:
            part = part.setdefault(key, {})
        part[keys[-1]] = value
        made = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    return _checked(made, path)


def _put(text: str, node: yaml.MappingNode | None, keys: Sequence[str], value: object) -> str | None:
    """The text with a value put under a mapping that stands on lines of its own; None where it does not."""
    if node is None or node.flow_style or not node.value:
        return None
    head, *rest = keys
    for key, held in node.value:
        if key.value == head and rest:
            return _put(text, held, rest, value) if isinstance(held, yaml.MappingNode) else None
        if key.value == head:
            return _replaced(text, key, held, value)
    return text if value is None else _inserted(text, node, keys, value)


def _replaced(text: str, key: yaml.Node, held: yaml.Node, value: object) -> str | None:
    """The text with another value under a key; without the whole line where that is None."""
    begin, end = int(held.start_mark.index), int(held.end_mark.index)
    if value is None:
        start = text.rfind("\n", 0, key.start_mark.index) + 1
        end = _line_after(text, _last_end(held))
        return None if text[start:end].lstrip().startswith("- ") else text[:start] + text[end:]
    if not isinstance(held, yaml.ScalarNode):
        return None
    tail = "\n" if held.style in ("|", ">") else ""
    gap = " " if text[begin - 1 : begin] == ":" else ""
    return text[:begin] + gap + _scalar(value) + tail + text[end:]


def _inserted(text: str, node: yaml.MappingNode, keys: Sequence[str], value: object) -> str:
    """The text with a new line, or a few that hold it, at the end of a mapping."""
    indent = int(node.value[0][0].start_mark.column)
    at = _line_after(text, _last_end(node))
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    lines = [f"{' ' * (indent + 2 * depth)}{key}:\n" for depth, key in enumerate(keys[:-1])]
    lines.append(f"{' ' * (indent + 2 * (len(keys) - 1))}{keys[-1]}: {_scalar(value)}\n")
    return before + "".join(lines) + text[at:]


def _root(text: str) -> yaml.MappingNode | None:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    return root if isinstance(root, yaml.MappingNode) else None


def _sources(text: str) -> yaml.SequenceNode | None:
    """The list of sources, with where it stands in the text; None where there is none."""
    root = _root(text)
    found = [value for key, value in root.value if key.value == "sources"] if root is not None else []
    return found[0] if found and isinstance(found[0], yaml.SequenceNode) and found[0].value else None


def _source(sources: yaml.SequenceNode | None, name: str) -> yaml.MappingNode | None:
    for node in sources.value if sources is not None else ():
        if isinstance(node, yaml.MappingNode) and any(
            key.value == "name" and value.value == name for key, value in node.value
        ):
            return node
    return None


def _last_end(node: yaml.Node) -> int:
    """Where the last word of a node ends; the node's own end is that of the blank lines and comments after it."""
    if isinstance(node, yaml.ScalarNode) or not node.value or getattr(node, "flow_style", False):
        return int(node.end_mark.index)
    last = node.value[-1]
    return _last_end(last[1] if isinstance(last, tuple) else last)


def _line_after(text: str, at: int) -> int:
    """The beginning of the next line; `at` itself where it is one."""
    if at and text[at - 1] == "\n":
        return at
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _scalar(value: object) -> str:
    """A value on one line, quoted where YAML needs it."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    if isinstance(value, Path):
        value = value.as_posix()
    dumped = yaml.safe_dump([value], allow_unicode=True, width=10_000, default_flow_style=True).strip()
    return str(dumped)[1:-1]


def _item(values: Mapping[str, object], indent: int) -> str:
    lines = [f"{name}: {_scalar(value)}" for name, value in values.items()]
    pad = " " * indent
    return "".join(f"{pad}{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def _rewritten(text: str, path: Path, change):  # type: ignore[no-untyped-def]  # plain values of YAML go through it
    """The whole text written anew after a change to its list of sources."""
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadDescription(path=path, mistakes=_("it is not YAML ({error})").format(error=error)) from error
    values = values if isinstance(values, dict) else {}
    sources = list(values.get("sources") or [])
    change(sources)
    return yaml.safe_dump({**values, "sources": sources}, sort_keys=False, allow_unicode=True)


def _drop(sources: list[dict[str, object]], name: str) -> None:
    sources[:] = [one for one in sources if one.get("name") != name]


def _set(sources: list[dict[str, object]], name: str, setting: str, value: object) -> None:
    for one in sources:
        if one.get("name") == name:
            one.pop(setting, None)
            if value is not None:
                one[setting] = value


def _checked(text: str, path: Path) -> str:
    """The text, once it is known that it reads as a description; raises BadDescription."""
    try:
        Description.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise BadDescription(path=path, mistakes=_("it is not YAML ({error})").format(error=error)) from error
    except pydantic.ValidationError as error:
        mistakes = "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors())
        raise BadDescription(path=path, mistakes=mistakes) from error
    return text
