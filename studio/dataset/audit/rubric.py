"""Owns what a rubric is: what a judge is asked of a row, the scale, and the grammar that holds its answer.

A rubric is `resources/rubrics/NAME.yaml`, or a workspace's own `rubrics/NAME.yaml` in its place. Knows no model and no
row.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

import pydantic

from studio.errors import InputError, PathMissing, UsageError, did_you_mean
from studio.files import inside
from studio.language import N_, _
from studio.resources import resource
from studio.scenario.tables import Unreadable, read_table

FOLDER = "rubrics"
KEEP, BIN = "keep", "bin"


class BadRubric(InputError):
    """A rubric has mistakes."""

    sentence = N_("The rubric {path} cannot be used: {mistakes}. Correct it; docs/data.md shows one.")


class RubricMissing(UsageError):
    """No rubric has this name."""

    sentence = N_("No rubric is called {name}.{question} There are: {known}. A workspace keeps its own in rubrics/.")


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Criterion(_Part):
    """One thing that is scored: `ask` says when it is low and when it is high, `weight` how much it counts."""

    name: str = pydantic.Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    ask: str = pydantic.Field(min_length=1, max_length=600)
    weight: float = pydantic.Field(1.0, gt=0, le=100)


class Rubric(_Part):
    """What a judge is told: `task` what it reads, `bin` when a row is to be binned; scores go from `low` to `high`.

    `reason` is the most characters that a judge may give as its reason.
    """

    format: Literal[1] = 1
    title: str = pydantic.Field(min_length=1, max_length=200)
    task: str = pydantic.Field(min_length=1, max_length=4000)
    bin: str = pydantic.Field(min_length=1, max_length=2000)
    criteria: tuple[Criterion, ...] = pydantic.Field(min_length=1, max_length=8)
    low: int = pydantic.Field(0, ge=0, le=8)
    high: int = pydantic.Field(4, ge=1, le=9)
    reason: int = pydantic.Field(160, ge=20, le=600)

    @pydantic.model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [criterion.name for criterion in self.criteria]
        if len(set(names)) < len(names):
            raise ValueError(_("two criteria have one name"))
        if self.low >= self.high:
            raise ValueError(_("low must be below high"))
        return self

    def text(self) -> str:
        """What the judge is told before any row, the same for all."""
        asked = "\n".join(f"- {one.name} ({self.low} to {self.high}): {one.ask.strip()}" for one in self.criteria)
        return _TOLD.format(
            task=self.task.strip(), low=self.low, high=self.high, asked=asked, bin=self.bin.strip(), form=self._form()
        )

    def _form(self) -> str:
        scores = ", ".join(f'"{one.name}": N' for one in self.criteria)
        return f'{{"reason": "why, in one short sentence", "scores": {{{scores}}}, "verdict": "{KEEP}" or "{BIN}"}}'

    def grammar(self) -> str:
        """The GBNF of an answer: a reason on one line, each score in its range, and the verdict."""
        scores = ' ", " '.join(_literal(f'"{one.name}": ') + " score" for one in self.criteria)
        opened, scored, judged = _literal('{"reason": '), _literal(', "scores": {'), _literal('}, "verdict": ')
        closed = _literal("}")
        return "\n".join(
            (
                f"root ::= {opened} reason {scored} {scores} {judged} verdict {closed}",
                f'reason ::= "\\"" first char{{0,{self.reason - 1}}} "\\""',
                'first ::= [^"\\\\ \\x00-\\x1F\\x7F]',
                'char ::= [^"\\\\\\x00-\\x1F\\x7F] | "\\\\" ["\\\\]',
                f"score ::= [{self.low}-{self.high}]",
                f"verdict ::= {_literal(_quoted(KEEP))} | {_literal(_quoted(BIN))}",
            )
        )

    @property
    def most_tokens(self) -> int:
        """Tokens that an answer may have; one that needs more, in a script that takes many, is cut and told."""
        return 40 + self.reason + 16 * len(self.criteria)

    @property
    def digest(self) -> str:
        """The rubric by what a judge is told and may answer: other weights need no new judging."""
        told = json.dumps([self.text(), self.grammar()], ensure_ascii=False)
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()

    def score(self, scores: Mapping[str, int]) -> float:
        """The criteria's scores as one, from 0 to 1, by their weights."""
        whole = sum(one.weight for one in self.criteria)
        got = sum(one.weight * (scores[one.name] - self.low) / (self.high - self.low) for one in self.criteria)
        return round(got / whole, 4)


_TOLD = """{task}

Score each of these from {low} (worst) to {high} (best):
{asked}

{bin}

Answer with one line of JSON: first a short reason, then the scores, then the verdict:
{form}"""


def _quoted(word: str) -> str:
    return f'"{word}"'


def _literal(text: str) -> str:
    """A text as GBNF writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rubric_named(name: str, root: Path | None = None) -> Rubric:
    """A rubric by name, the workspace's own before the shipped one; `name` may also be a file of the workspace.

    Raises RubricMissing, PathMissing, OutsideFolder, BadRubric or what reading raises.
    """
    if root is not None and name.endswith((".yaml", ".yml")):
        return read_rubric(inside(root, name))
    places = _places(root)
    for place in places:
        path = inside(place, f"{name}.yaml")
        if path.is_file():
            return read_rubric(path)
    known = rubric_names(root)
    near = did_you_mean(name, known)
    question = _(" Did you mean “{near}”?").format(near=near) if near else ""
    raise RubricMissing(name=name, question=question, known=", ".join(known))


def rubric_names(root: Path | None = None) -> tuple[str, ...]:
    """The names that `rubric_named` knows."""
    return tuple(sorted({path.stem for place in _places(root) for path in place.glob("*.yaml")}))


def _places(root: Path | None) -> tuple[Path, ...]:
    own = (root / FOLDER,) if root is not None else ()
    return (*own, resource(FOLDER))


def read_rubric(path: Path) -> Rubric:
    """The rubric in a file; raises PathMissing, BadRubric or what reading raises."""
    if not path.exists():
        raise PathMissing(path=path)
    try:
        return Rubric.model_validate(read_table(path))
    except Unreadable as error:
        raise BadRubric(path=path, mistakes=_("it is not YAML ({error})").format(error=error)) from error
    except pydantic.ValidationError as error:
        raise BadRubric(path=path, mistakes="; ".join(_mistake(row) for row in error.errors())) from error


def _mistake(row: object) -> str:
    assert isinstance(row, dict)
    field = ".".join(str(part) for part in row["loc"])
    return f"{field}: {row['msg']}" if field else str(row["msg"])
