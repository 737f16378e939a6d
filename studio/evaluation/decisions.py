"""Owns the kind `decisions`: what an expert decided, asked of a model, and what its answer is worth to a game.

Cases are the rows of a data set's build that validate it, or records of files that no model was trained on: snapshots
of a game, and prompts with their completions. A decision is JSON where the expert's is; else it is a line of text.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
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
from studio.dataset.sides import VALIDATION
from studio.dataset.sources.snapshot import REASONING
from studio.dataset.sources.tables import read_path
from studio.errors import InputError
from studio.evaluation.answer_paths import at, canonical, without
from studio.evaluation.kind import Answering, CaseResult, Context, Kind, Part, Parts, PartSettings, Place, Ratio
from studio.files import read_text
from studio.inference.protocol import Ask
from studio.language import N_, _
from studio.workspace import Workspace

NAME = "decisions"
_TOGETHER = 16
_STATE = re.compile(r"^State: (?P<state>\{.*\})$", re.MULTILINE)
_LINE = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


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
    decision is compared, but for its reasoning. `most` is how many cases are asked, evenly from all.
    """

    dataset: str = ""
    files: tuple[Path, ...] = pydantic.Field((), json_schema_extra={"takes": N_("a list of paths of files")})
    answer_schema: Path | None = pydantic.Field(None, json_schema_extra={"takes": N_("the path of a JSON schema")})
    action: str = ""
    priority: str = ""
    orders: str = ""
    legal: str = ""
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
        looked = self.settings.model_dump(mode="json", exclude={"dataset", "files", "most", "answer_schema"})
        told = [spoken, self.wanted, looked, self.legal, self.schema]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _cases(part: Part, place: Place) -> Sequence[Decision]:
    settings = cast(DecisionSettings, part.settings)
    schema = _schema(place.path(settings.answer_schema)) if settings.answer_schema is not None else None
    problems: list[str] = []
    rows = sorted(_rows(settings, place, problems), key=lambda row: row.group)  # stays in order within a group
    where = settings.dataset or ", ".join(path.as_posix() for path in settings.files)
    if not rows:
        raise NothingDecided(where=where, reason=problems[0].rstrip(".") if problems else _("no such row"))
    chosen = (
        rows if len(rows) <= settings.most else [rows[i * len(rows) // settings.most] for i in range(settings.most)]
    )
    return [_case(row, settings, schema) for row in chosen]


def _rows(settings: DecisionSettings, place: Place, problems: list[str]) -> Iterator[Row]:
    if settings.dataset:
        for built in find_build(Workspace(place.root), settings.dataset).rows():
            if built.side == VALIDATION and built.row.kind in (RowKind.DECISION, RowKind.PAIR):
                yield built.row
        return
    reading = Reading(place.root)
    for path in settings.files:
        for row in read_path(place.path(path), SourceSettings.model_validate({"name": NAME, "file": path}), reading):
            if isinstance(row, RowProblem):
                problems.append(row.sentence)
            elif row.kind in (RowKind.DECISION, RowKind.PAIR):
                yield row


def _case(row: Row, settings: DecisionSettings, schema: dict[str, Any] | None) -> Decision:
    messages = row.messages[:-1]
    if settings.system and (not messages or messages[0].role != "system"):
        messages = (Message("system", settings.system), *messages)
    legal = _legal(row, settings.legal) if settings.legal else None
    return Decision(row.key, row.group, messages, row.answer, settings, legal, schema)


def _legal(row: Row, path: str) -> tuple[str, ...] | None:
    """The orders that the state allows; None where the prompt has no state, or the state has no such list."""
    found = _STATE.search(row.prompt)
    state = _json(found["state"]) if found else None
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


def _json(text: str) -> Any:
    """What a text says in JSON; None where it is none (the word null decides nothing)."""
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None


def _refused(name: str) -> float:
    raise ValueError(name)


async def _measure(engine: Answering, cases: Sequence[Decision], context: Context) -> AsyncIterator[CaseResult]:
    for start in range(0, len(cases), _TOGETHER):
        part = cases[start : start + _TOGETHER]
        answers = await engine.answer_many([Ask(one.messages, max_tokens=one.settings.tokens) for one in part])
        for case, answer in zip(part, answers, strict=True):
            yield result_of(case, answer.text)
        if context.told is not None:
            context.told(start + len(part), len(cases))


def result_of(case: Decision, answer: str) -> CaseResult:
    """The result of an answer: what is right of it, by name, in `scores`; what could not be asked is not there."""
    wanted, said = _json(case.wanted), answer.strip()
    structured = isinstance(wanted, dict | list)
    scores = _structured(case, wanted, _json(said)) if structured else {"action": float(_same_line(case.wanted, said))}
    return CaseResult(
        id=case.id,
        kind=NAME,
        right=scores["action"] == 1.0 and all(scores.get(name, 1.0) for name in ("json", "schema", "legal")),
        scores=scores,
        expected=case.wanted,
        got=said,
        groups={"scenario": case.group, "type": "JSON" if structured else _("a line")},
        detail={"prompt": case.messages[-1].content[:4000]},
    )


def _structured(case: Decision, wanted: Any, got: Any) -> dict[str, float]:
    settings = case.settings
    valid = isinstance(got, dict | list)
    scores = {"json": float(valid), "action": float(valid and _agrees(wanted, got, settings.action))}
    if case.schema is not None:
        scores["schema"] = float(valid and jsonschema.validators.validator_for(case.schema)(case.schema).is_valid(got))
    if case.legal is not None:
        orders = canonical(at(got, settings.orders)) if valid else []
        scores["legal"] = float(valid and set(orders) <= set(case.legal))
    if settings.priority and at(wanted, settings.priority):
        scores["priority"] = float(valid and _agrees(wanted, got, settings.priority))
    return scores


def _agrees(wanted: Any, got: Any, path: str) -> bool:
    one, other = (at(without(value, REASONING), path) for value in (wanted, got))
    return canonical(one) == canonical(other)


def _same_line(wanted: str, got: str) -> bool:
    """Whether the first line of an answer has the words of the expert's, or begins with them."""
    due, said = (_LINE.findall(text.strip().casefold().partition("\n")[0]) for text in (wanted, got))
    return bool(due) and said[: len(due)] == due


def _score(name: str) -> Callable[[CaseResult], Parts]:
    return lambda result: (result.scores[name], 1.0) if name in result.scores else (0.0, 0.0)


DECISIONS = Kind(
    name=NAME,
    title=N_("Decisions"),
    settings=DecisionSettings,
    cases=_cases,
    measure=_measure,
    main="action",
    ratios=(
        Ratio("action", N_("decides as the expert"), _score("action")),
        Ratio("json", N_("valid JSON"), _score("json")),
        Ratio("schema", N_("keeps to the schema"), _score("schema")),
        Ratio("legal", N_("orders are legal"), _score("legal")),
        Ratio("priority", N_("priority agrees"), _score("priority")),
    ),
)
