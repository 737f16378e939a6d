"""Owns what is looked through when somebody names a file, a folder of scenarios or a data set: its rows and problems.

Knows no verdict.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.dataset.audit.variety import settled
from studio.dataset.cutting import Cutter
from studio.dataset.description import (
    FOLDER,
    AuditSettings,
    Description,
    SourceSettings,
    description_path,
    read_description,
)
from studio.dataset.gathered import Gathered, gather_sources
from studio.dataset.problems import Problems, RowProblem
from studio.dataset.reading import Reading
from studio.dataset.remembered import Memory
from studio.dataset.rows import Kind, Row
from studio.dataset.sources import read_sources
from studio.errors import OutsideFolder, UsageError, did_you_mean
from studio.language import N_, _

_LONGEST = 60
CutterOf = Callable[[Description, Path], Cutter]


class NothingNamed(UsageError):
    """Neither a file nor a data set has this name."""

    sentence = N_("There is no file and no data set called {name}.{question} Check the spelling, or give a path.")


@dataclass(frozen=True, slots=True)
class Subject:
    """Rows as a build reads them, before any is binned. `weights` are the sources' authority by name, `shapes` says
    what their records were recognised as."""

    name: str
    settings: AuditSettings
    weights: Mapping[str, float]
    rows: tuple[Row, ...]
    problems: Problems
    shapes: Mapping[str, str] = field(default_factory=dict)


def subject(
    what: str,
    root: Path,
    *,
    limit: int | None = None,
    cutter_of: CutterOf | None = None,
    told: Callable[[str, int], None] = lambda _part, _done: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Subject:
    """The first `limit` rows of a data set of the workspace, or of a file; raises NothingNamed and reading's errors.

    With `cutter_of` a data set's rows are those of its build, cut where they are too long; without it they are whole,
    and a verdict on one that a build cuts is none on its parts.
    """
    named = _description_of(what, root)
    description = read_description(named) if named is not None else _alone(what, root)
    reading = Reading(
        root,
        told=lambda progress: told(progress.part, progress.done),
        stopped=stopped,
        cutter=cutter_of(description, root) if cutter_of is not None and named is not None else None,
    )
    if named is not None:
        gathered = _of_a_build(named.stem, description, reading)
        rows, problems = _taken(gathered.rows, limit, gathered.problems)
    else:
        rows, problems = _taken(read_sources(description, root, reading), limit, Problems())
    rows = [_settled(row, description.audit) for row in rows]
    weights = {source.name: source.weight for source in description.sources}
    return Subject(what, description.audit, weights, tuple(rows), problems, reading.notes.shapes)


def _taken(found: Iterable[Row | RowProblem], limit: int | None, problems: Problems) -> tuple[list[Row], Problems]:
    """The first rows, and beside the known problems those on the way to them."""
    rows: list[Row] = []
    for one in found:
        if isinstance(one, RowProblem):
            problems.append(one)
        elif limit is not None and len(rows) >= limit:
            break
        else:
            rows.append(one)
    return rows, problems


def _of_a_build(name: str, description: Description, reading: Reading) -> Gathered:
    """What a build of the data set gathers; lengths that were counted before are not counted again."""
    cutter, tokens = reading.cutter, reading.notes.tokens
    memory = Memory(reading.root / ".lorewright" / "data" / name)
    known = memory.lengths(cutter.mark) if cutter is not None and cutter.mark else {}
    tokens.update(known)
    gathered = gather_sources(description, reading)
    if cutter is not None and cutter.mark and len(tokens) > len(known):
        others = {row.key for row in gathered.rows if row.kind is not Kind.SCENARIO}
        memory.keep_lengths(cutter.mark, {key: tokens[key] for key in tokens if key in others or key in known})
    return gathered


def _settled(row: Row, settings: AuditSettings) -> Row:
    """The row in the variety of spelling that a build writes: verdicts are kept by what is learnt."""
    if settings.spelling is None:
        return row
    return settled(row, settings.spelling)


def _alone(what: str, root: Path) -> Description:
    """The description of a single file or folder that nobody described; raises NothingNamed."""
    path = Path(what)
    if path.exists():
        place = "scenarios" if path.is_dir() or path.suffix == ".md" else "file"
        source = SourceSettings.model_validate({"name": path.stem[:_LONGEST] or what, place: path.absolute()})
        return Description(sources=(source,))
    known = [found.stem for found in (root / FOLDER).glob("*.yaml")]
    near = did_you_mean(what, known)
    question = _(" Did you mean “{near}”?").format(near=near) if near else ""
    raise NothingNamed(name=what, question=question)


def _description_of(what: str, root: Path) -> Path | None:
    """Where the description of that name lies, None where there is none."""
    if Path(what).suffix in (".yaml", ".yml") and Path(what).is_file():
        return Path(what)
    try:
        path = description_path(root, what)
    except OutsideFolder:
        return None
    return path if path.is_file() else None
