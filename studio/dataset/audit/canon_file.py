"""Owns how canon rules are written in YAML, and telling every mistake in them with its line and field."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import pydantic
import yaml

from studio.dataset.audit.canon import Canon, InRange, Rule
from studio.dataset.audit.phrases import words_of
from studio.dataset.verdicts import Decision
from studio.errors import InputError, PathMissing, did_you_mean
from studio.files import read_text
from studio.language import N_, _, plural
from studio.scenario.tables import LIMIT, SAFE, Unreadable, table_of


class BadCanon(InputError):
    """A file of canon rules has mistakes."""

    sentence = N_("{path} cannot be used as canon: {mistakes}")


def _listed(value: object) -> object:
    """One phrase stands for a list of one."""
    return [value] if isinstance(value, str) else value


def _a_phrase(value: str) -> str:
    if not words_of(value):
        raise ValueError(_("“{value}” has no word in it").format(value=value))
    return value


Phrase = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=200), pydantic.AfterValidator(_a_phrase)]
SomePhrases = Annotated[tuple[Phrase, ...], pydantic.BeforeValidator(_listed)]
Question = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=2000), pydantic.AfterValidator(_a_phrase)]


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=False,
        defer_build=True,  # most data sets have no canon
    )


class _Number(_Part):
    near: Annotated[SomePhrases, pydantic.Field(min_length=1)]
    low: float = pydantic.Field(alias="from")
    high: float = pydantic.Field(alias="to")
    within: int = pydantic.Field(8, ge=0, le=100)
    least: float = 0.0

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> "_Number":
        if not self.low <= self.high:
            raise ValueError(_("`from` is more than `to`"))
        return self


class _Rule(_Part):
    name: str = pydantic.Field(pattern=r"^[\w-]{1,60}$")
    when: SomePhrases = ()
    must_not: SomePhrases = pydantic.Field((), alias="must not mention")
    must: SomePhrases = pydantic.Field((), alias="must mention")
    number: _Number | None = None
    unless: SomePhrases = ()
    scope: Literal["answer", "prompt", "row"] = "answer"
    action: Literal["bin", "flag"] = "bin"
    reason: str = pydantic.Field("", max_length=400)
    ask: Annotated[tuple[Question, ...], pydantic.BeforeValidator(_listed)] = ()

    @pydantic.model_validator(mode="after")
    def _asks_something(self) -> "_Rule":
        if not (self.must_not or self.must or self.number):
            raise ValueError(_("give `must not mention`, `must mention` or `number`"))
        return self


class _File(_Part):
    format: Literal[1] = 1
    aliases: dict[str, SomePhrases] = pydantic.Field(default_factory=dict)
    rules: tuple[_Rule, ...] = pydantic.Field(min_length=1)


_FIELDS = sorted({field.alias or name for kind in (_File, _Rule, _Number) for name, field in kind.model_fields.items()})


def read_canon(paths: Iterable[Path]) -> Canon:
    """The rules of several files as one canon; raises PathMissing, BadCanon or what reading raises."""
    rules: dict[str, Rule] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    for path in paths:
        read = _read(path)
        twice = sorted({rule.name for rule in read.rules} & rules.keys())
        if twice:
            raise BadCanon(
                path=path, mistakes=_("another file has rules called {names}").format(names=", ".join(twice))
            )
        rules.update((rule.name, _rule(rule)) for rule in read.rules)
        for name, others in read.aliases.items():
            aliases[name] = tuple(dict.fromkeys((*aliases.get(name, ()), *others)))
    return Canon(tuple(rules.values()), aliases)


def _rule(read: _Rule) -> Rule:
    number = read.number
    held = InRange(number.near, number.low, number.high, number.within, number.least) if number is not None else None
    return Rule(
        name=read.name,
        when=read.when,
        must_not=read.must_not,
        must=read.must,
        number=held,
        unless=read.unless,
        scope=read.scope,
        action=Decision(read.action),
        reason=read.reason.strip(),
        ask=read.ask,
    )


def _read(path: Path) -> _File:
    if not path.exists():
        raise PathMissing(path=path)
    text = read_text(path, LIMIT)
    try:
        values = table_of(text)
    except Unreadable as error:
        raise BadCanon(path=path, mistakes=str(error)) from error
    mistakes = []
    try:
        read = _File.model_validate(values)
        mistakes = list(_twice(read, text))
    except pydantic.ValidationError as error:
        mistakes = [_mistake(row, text) for row in _told(error)]
    if mistakes:
        count = plural("{count} mistake", "{count} mistakes", len(mistakes))
        raise BadCanon(path=path, mistakes=f"{count}. " + "; ".join(mistakes))
    return read


def _twice(read: _File, text: str) -> Iterator[str]:
    """Names that two rules of one file have."""
    seen: set[str] = set()
    for at, rule in enumerate(read.rules):
        if rule.name in seen:
            yield _place(text, ("rules", at, "name")) + _("another rule is called “{name}”").format(name=rule.name)
        seen.add(rule.name)


def _told(error: pydantic.ValidationError) -> Iterator[object]:
    """The mistakes, without those of a list that is only too short because what is in it has mistakes of its own."""
    rows = error.errors()
    within = {row["loc"][:depth] for row in rows for depth in range(len(row["loc"]))}
    return (row for row in rows if row["type"] != "too_short" or row["loc"] not in within)


def _mistake(row: object, text: str) -> str:
    assert isinstance(row, dict)
    where = _place(text, row["loc"])
    if row["type"] == "extra_forbidden":
        near = did_you_mean(str(row["loc"][-1]), _FIELDS)
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        return where + _("there is no such field.{question}").format(question=question)
    if row["type"] == "too_short":
        return where + _("it is empty; give at least one")
    return where + str(row["msg"]).removeprefix("Value error, ")


def _place(text: str, loc: tuple[object, ...]) -> str:
    """`line 4, rules.1.action: `."""
    field = ".".join(str(part) for part in loc)
    line = _line(text, loc)
    told = _("line {line}, {field}: ") if field else _("line {line}: ")
    return told.format(line=line, field=field)


def _line(text: str, loc: tuple[object, ...]) -> int:
    """The line of a field, or of the nearest thing around it that is there; from 1."""
    node = yaml.compose(text, SAFE)
    line = 0
    for part in (None, *loc):
        if node is None:
            break
        if part is not None:
            node, line = _child(node, part, line)
        else:
            line = node.start_mark.line
    return line + 1


def _child(node: yaml.Node, part: object, line: int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == part:
                return value, name.start_mark.line
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line
    return None, line
