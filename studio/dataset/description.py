"""Owns what `datasets/NAME.yaml` says: the sources of a data set and how it is audited, balanced and split.

It is read with every mistake listed at once, each with its field. Paths are kept as written; `placed` says where they
point, and nowhere outside the workspace unless they are written as absolute by the person whose workspace it is.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

import pydantic
import yaml

from studio.errors import InputError, PathMissing, did_you_mean
from studio.files import inside, read_text
from studio.language import N_, _

FOLDER = "datasets"
Shape = Literal["auto", "messages", "sharegpt", "instruction", "prompt-completion", "preference", "snapshots"]
Authority = Literal["heuristics", "judge", "both", "person"]


class BadDescription(InputError):
    """The description of a data set has mistakes."""

    sentence = N_("{path} cannot be used: {mistakes}")


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class SourceSettings(_Part):
    """One source: exactly one of `scenarios`, `file`, `hub`, `snapshots`, `sessions`, `corrections` says where it is.

    `weight` is its authority, from core gold (5) to silver (1). `columns` maps our names (`prompt`, `completion`,
    `chosen`, `rejected`, `messages`, `system`) to the file's, where they are not the usual ones. `reasoning` and
    `min_score` are for game snapshots.
    """

    name: str = pydantic.Field(min_length=1, max_length=60)
    scenarios: Path | None = None
    file: Path | None = None
    hub: str | None = None
    snapshots: Path | None = None
    sessions: Path | None = None
    corrections: Path | None = None
    shape: Shape = "auto"
    columns: dict[str, str] = pydantic.Field(default_factory=dict)
    split: str = "train"
    weight: float = pydantic.Field(1.0, gt=0, le=100)
    licence: str = ""
    note: str = ""
    reasoning: bool = True
    min_score: float | None = None

    @property
    def kind(self) -> str:
        """Which of the kinds of source it is."""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @pydantic.model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [name for name in KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(_("give exactly one of {kinds}").format(kinds=", ".join(KINDS)))
        return self


KINDS = ("scenarios", "file", "hub", "snapshots", "sessions", "corrections")


class JudgeSettings(_Part):
    """Which model judges, and by which rubric (a name in `resources/rubrics/` or a file of the workspace).

    `auto` asks each row what fits its kind: play, a decision, or a question and its answer.
    """

    model: Path | None = None
    rubric: str = "auto"
    bin_below: float = pydantic.Field(0.5, ge=0, le=1)


class AuditSettings(_Part):
    """`thresholds` over those in `resources/audit.yaml`; `canon` are files of rules; `spelling` a variety to write in;
    `language` the code of the one that rows are to be in (None: the one that most are in).

    `authority`: whose verdict decides a build. `person`: a person's, else the judge's, else the heuristics'.
    """

    thresholds: dict[str, float] = pydantic.Field(default_factory=dict)
    off: tuple[str, ...] = ()
    canon: tuple[Path, ...] = ()
    language: Annotated[str, pydantic.Field(pattern=r"^[a-z]{2,3}$")] | None = None
    spelling: Literal["british", "american"] | None = None
    authority: Authority = "person"
    judge: JudgeSettings = pydantic.Field(default_factory=lambda: JudgeSettings.model_validate({}))

    @pydantic.model_validator(mode="before")
    @classmethod
    def _off_is_a_word(cls, values: object) -> object:
        """YAML takes a plain `off` for false."""
        if not isinstance(values, dict):
            return values
        return {"off" if name is False else name: value for name, value in values.items()}


class AugmentSettings(_Part):
    """How many variants of each scenario at most, and of which kinds; none by default."""

    copies: int = pydantic.Field(0, ge=0, le=20)
    kinds: tuple[Literal["cast", "class", "reroll", "place"], ...] = ("cast", "class", "reroll", "place")


class SplitSettings(_Part):
    """The share set aside for validation, and the seed of the choice."""

    validation: float = pydantic.Field(0.1, ge=0, lt=1)
    seed: int = 0


class Description(_Part):
    """A whole data set. `base` is the model whose tokens count (None: the starter); `max_length` in its tokens.

    `targets` are wanted counts by what is counted and value, such as `skill: {persuasion: 15}`.
    """

    format: Literal[1] = 1
    title: str = ""
    base: Path | None = None
    max_length: Annotated[int, pydantic.Field(ge=64, le=131072)] = 2048
    seed: int = 0
    sources: tuple[SourceSettings, ...] = pydantic.Field(min_length=1)
    audit: AuditSettings = pydantic.Field(default_factory=lambda: AuditSettings.model_validate({}))
    augment: AugmentSettings = pydantic.Field(default_factory=lambda: AugmentSettings.model_validate({}))
    targets: dict[str, dict[str, int]] = pydantic.Field(default_factory=dict)
    split: SplitSettings = pydantic.Field(default_factory=lambda: SplitSettings.model_validate({}))

    @pydantic.model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(_("two sources are called {names}").format(names=", ".join(twice)))
        return self


def description_path(root: Path, name: str) -> Path:
    """Where the description called `name` stands in the workspace; raises OutsideFolder."""
    return inside(root / FOLDER, name if name.endswith(".yaml") else f"{name}.yaml")


def read_description(path: Path) -> Description:
    """The description in a file; raises PathMissing, BadDescription or what reading raises."""
    if not path.exists():
        raise PathMissing(path=path)
    try:
        values = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadDescription(path=path, mistakes=_("it is not YAML ({error})").format(error=error)) from error
    try:
        return Description.model_validate(values)
    except pydantic.ValidationError as error:
        found = error.errors()
        rows = [row for row in found if row["type"] != "too_short"] or found  # what has mistakes is not missing
        raise BadDescription(path=path, mistakes="; ".join(map(_mistake, rows))) from error


def _mistake(row: object) -> str:
    assert isinstance(row, dict)
    field = ".".join(str(part) for part in row["loc"])
    if row["type"] == "extra_forbidden":
        near = did_you_mean(str(row["loc"][-1]), _field_names())
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        return _("{field} is no setting.{question}").format(field=field, question=question)
    said = str(row["msg"]).removeprefix("Value error, ")
    return f"{field}: {said}" if field else said


def _field_names() -> tuple[str, ...]:
    kinds: tuple[type[_Part], ...] = (
        Description, SourceSettings, AuditSettings, JudgeSettings, AugmentSettings, SplitSettings,
    )  # fmt: skip
    return tuple(name for kind in kinds for name in kind.model_fields)


def placed(root: Path, path: Path) -> Path:
    """Where a path of the description points: from the workspace's root; raises OutsideFolder."""
    return path if path.is_absolute() else inside(root, path.as_posix())
