"""Owns the cases of the kind `decisions`: where they stand, and what rivals may learn from.

They are rows of a data set's build, or records of files: snapshots of a game, and prompts with their completions.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import jsonschema
import pydantic

from studio.chat import Message
from studio.dataset.builds import find_build
from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind as RowKind
from studio.dataset.rows import Row
from studio.dataset.sides import TRAINING, VALIDATION
from studio.dataset.sources.tables import read_path
from studio.errors import InputError
from studio.evaluation.answer_paths import at, canonical
from studio.evaluation.kind import Part, PartSettings, Place
from studio.files import read_text
from studio.language import N_, _
from studio.workspace import Workspace

NAME = "decisions"
_STATE = re.compile(r"^State: (?P<state>\{.*\})$", re.MULTILINE)


class NothingDecided(InputError):
    """A part of a suite points to no decision that a model could be asked for."""

    sentence = N_(
        "There is no decision to ask for in {where} ({reason}). Name a data set with decisions or pairs that validate"
        " it, or files of snapshots or pairs that no model was trained on."
    )


class BadAnswerSchema(InputError):
    """A JSON schema for answers cannot be used."""

    sentence = N_("{path} cannot be used as the schema of an answer ({reason}). Correct it; it is a JSON schema.")


def _path(value: str) -> str:
    if value and not all(value.split(".")):
        raise ValueError(_("“{value}” is no path; names are joined by dots, `*` is each entry").format(value=value))
    return value


class DecisionSettings(PartSettings):
    """Where decisions are (`dataset`, or `files` by their paths from the workspace's folder), and what is looked at.

    `answer_schema` is a JSON schema. `action`, `priority` and `orders` are paths into the answer (`orders.*.target`);
    `legal` is one into the state, whose values are the only ones that `orders` may have. Without `action` the whole
    decision is compared, but for its reasoning. `most` is how many cases are asked, evenly from all. `learn` are files
    that rivals may learn from, where the cases are files; of a data set they learn from what it trains on.
    """

    dataset: str = ""
    files: tuple[Path, ...] = pydantic.Field((), json_schema_extra={"takes": N_("a list of paths of files")})
    answer_schema: Path | None = pydantic.Field(None, json_schema_extra={"takes": N_("the path of a JSON schema")})
    action: str = ""
    priority: str = ""
    orders: str = ""
    legal: str = ""
    learn: tuple[Path, ...] = pydantic.Field((), json_schema_extra={"takes": N_("a list of paths of files")})
    system: str = pydantic.Field("", max_length=20_000)
    tokens: int = pydantic.Field(300, ge=1, le=4000)
    most: int = pydantic.Field(200, ge=1, le=100_000)

    _paths = pydantic.field_validator("action", "priority", "orders", "legal")(_path)

    @pydantic.model_validator(mode="after")
    def _one_place(self) -> "DecisionSettings":
        if bool(self.dataset) == bool(self.files):
            raise ValueError(_("give either `dataset` or `files`"))
        if bool(self.orders) != bool(self.legal):
            raise ValueError(_("`orders` and `legal` belong together"))
        return self


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision that is asked for. `legal` are the values that its orders may have; None where nobody knows."""

    id: str
    group: str
    messages: tuple[Message, ...]
    wanted: str
    settings: DecisionSettings
    legal: tuple[str, ...] | None = None
    schema: dict[str, Any] | None = field(default=None, hash=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of what it asks and expects."""
        spoken = [[message.role, message.content] for message in self.messages]
        looked = self.settings.model_dump(mode="json", exclude={"dataset", "files", "most", "answer_schema", "learn"})
        told = [spoken, self.wanted, looked, self.legal, self.schema]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def cases_of(part: Part, place: Place) -> Sequence[Decision]:
    """The decisions of a part, evenly from all; raises NothingDecided, BadAnswerSchema, or what reading raises."""
    settings = cast(DecisionSettings, part.settings)
    schema = _schema(place.path(settings.answer_schema)) if settings.answer_schema is not None else None
    problems: list[str] = []
    rows = sorted(_asked(settings, place, problems), key=lambda row: row.group)  # stays in order within a group
    where = settings.dataset or ", ".join(path.as_posix() for path in settings.files)
    if not rows:
        raise NothingDecided(where=where, reason=problems[0].rstrip(".") if problems else _("no such row"))
    chosen = (
        rows if len(rows) <= settings.most else [rows[i * len(rows) // settings.most] for i in range(settings.most)]
    )
    return [_case(row, settings, schema) for row in chosen]


def training_of(settings: DecisionSettings, place: Place, asked: Sequence[Decision]) -> list[Row]:
    """The rows that rivals may learn from, in order; none that is asked."""
    keys = {case.id for case in asked}
    found = _side(settings, place, TRAINING) if settings.dataset else _in_files(settings.learn, place, [])
    return [row for row in found if row.key not in keys]


def _asked(settings: DecisionSettings, place: Place, problems: list[str]) -> Iterator[Row]:
    if settings.dataset:
        return _side(settings, place, VALIDATION)
    return _in_files(settings.files, place, problems)


def _side(settings: DecisionSettings, place: Place, side: str) -> Iterator[Row]:
    for built in find_build(Workspace(place.root), settings.dataset).rows():
        if built.side == side and built.row.kind in (RowKind.DECISION, RowKind.PAIR):
            yield built.row


def _in_files(files: Sequence[Path], place: Place, problems: list[str]) -> Iterator[Row]:
    reading = Reading(place.root)
    for path in files:
        for row in read_path(place.path(path), SourceSettings.model_validate({"name": NAME, "file": path}), reading):
            if isinstance(row, RowProblem):
                problems.append(row.sentence)
            elif row.kind in (RowKind.DECISION, RowKind.PAIR):
                yield row


def asked_of(row: Row, settings: DecisionSettings) -> tuple[Message, ...]:
    """The chat that asks for a row's decision."""
    messages = row.messages[:-1]
    if settings.system and (not messages or messages[0].role != "system"):
        return (Message("system", settings.system), *messages)
    return messages


def _case(row: Row, settings: DecisionSettings, schema: dict[str, Any] | None) -> Decision:
    legal = _legal(row, settings.legal) if settings.legal else None
    return Decision(row.key, row.group, asked_of(row, settings), row.answer, settings, legal, schema)


def _legal(row: Row, path: str) -> tuple[str, ...] | None:
    """The orders that the state allows; None where the prompt has no state, or the state has no such list."""
    found = _STATE.search(row.prompt)
    state = json_of(found["state"]) if found else None
    values = at(state, path)
    return tuple(canonical([inner for one in values for inner in (one if isinstance(one, list) else [one])])) or None


def _schema(path: Path) -> dict[str, Any]:
    try:
        schema = json.loads(read_text(path))
        jsonschema.validators.validator_for(schema).check_schema(schema)
    except (ValueError, RecursionError, jsonschema.SchemaError, TypeError, AttributeError) as error:
        raise BadAnswerSchema(path=path, reason=str(error).splitlines()[0]) from error
    if not isinstance(schema, dict) or "$ref" in json.dumps(schema).replace('"$ref": "#', ""):
        raise BadAnswerSchema(path=path, reason=_("it refers to another file, which is not fetched"))
    return schema


def json_of(text: str) -> Any:
    """What a text says in JSON; None where it is none (the word null decides nothing)."""
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None


def _refused(name: str) -> float:
    raise ValueError(name)
