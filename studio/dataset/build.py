"""Owns building a data set: from its description to a content-addressed folder, step by step and nothing lost.

Read, look through, decide, make variants, split, weigh, write. The same inputs give the same bytes, whether they were
read or remembered. What each step does is its own module's affair.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from studio.dataset.builds import Build, beside, described, folder_of, put, record
from studio.dataset.cutting import Cutter
from studio.dataset.deciding import Decided, decided
from studio.dataset.description import Description, read_description
from studio.dataset.gathered import Gathered, gather_sources
from studio.dataset.problems import MOST, RowProblem
from studio.dataset.reading import Progress, Reading
from studio.dataset.remembered import Memory, without_garbage
from studio.dataset.sides import Sides, sides_of
from studio.dataset.writing import Making, write
from studio.errors import InputError
from studio.language import N_
from studio.workspace.folder import Workspace

CutterOf = Callable[[Description, Path], Cutter]
"""How long a row may be, by the base model that a description of a workspace names."""


class NothingToBuild(InputError):
    """No row is left."""

    sentence = N_("There is nothing to build “{name}” from: {read} rows were read, and none is left. {first}")


@dataclass(frozen=True, slots=True)
class Built:
    """A build, and what is wrong in its sources: errors are kept out of it, warnings are not.

    Of very many the first are listed; the manifest counts all.
    """

    build: Build
    problems: tuple[RowProblem, ...]

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        """What kept something out."""
        return tuple(problem for problem in self.problems if problem.error)


@dataclass(frozen=True, slots=True)
class Setting:
    """Who is told, who may stop it, what time it is, and whether what is known from earlier builds may serve.

    `listed` is how many problems of one source and code are kept; all are counted.
    """

    told: Callable[[Progress], None] = field(default=lambda _progress: None)
    stopped: Callable[[], bool] = field(default=lambda: False)
    clock: Callable[[], datetime.datetime] = field(default=lambda: datetime.datetime.now(datetime.UTC))
    remember: bool = True
    processes: int | None = None
    listed: int = MOST


def build(name: str, workspace: Workspace, cutter_of: CutterOf, setting: Setting | None = None) -> Built:
    """Builds the data set `name` of a workspace.

    Raises PathMissing, BadDescription, NothingToBuild, NotSaved, Cancelled, and what opening the base model raises.
    """
    setting = setting if setting is not None else Setting()
    description = read_description(described(workspace, name))
    name = name.removesuffix(".yaml")
    cutter = cutter_of(description, workspace.root)
    memory = Memory(workspace.private / "data" / name) if setting.remember else None
    root = workspace.root
    reading = Reading(root, told=setting.told, stopped=setting.stopped, cutter=cutter, memory=memory)
    with without_garbage():
        made = _made(name, description, reading, setting)
        build = _written(made, folder_of(workspace, name))
    record(workspace, name, build.path.name, setting.clock())
    return Built(build, tuple(made.gathered.problems))


def _made(name: str, description: Description, reading: Reading, setting: Setting) -> Making:
    """All that a build consists of."""
    cutter, memory = reading.cutter, reading.memory
    if memory is not None and cutter is not None and cutter.mark:
        reading.notes.tokens.update(memory.lengths(cutter.mark))
    gathered = gather_sources(description, reading, setting.listed)
    found: Decided = decided(gathered, description, reading, setting.processes)
    gathered.account()
    if not gathered.rows:
        raise _nothing(name, gathered)
    leaks = memory.folder / "nearest.json" if memory is not None else None
    sides: Sides = sides_of(gathered, found.clusters, description, leaks)
    if description.augment.copies:
        from studio.dataset.variants import with_variants  # what makes none does not pay for it

        sides = with_variants(gathered, sides, description, reading)
    if memory is not None:
        memory.save()
        if cutter is not None and cutter.mark:
            tokens = reading.notes.tokens
            others = (row for row in gathered.rows if row.kind != "scenario")
            memory.keep_lengths(cutter.mark, {row.key: tokens[row.key] for row in others if row.key in tokens})
    return Making(name, description, reading, gathered, found, sides)


def _nothing(name: str, gathered: Gathered) -> NothingToBuild:
    first = next((problem for problem in gathered.problems if problem.error), None)
    first = first or next(iter(gathered.problems), None)
    told = f"{first.place}: {first.sentence}" if first is not None else ""
    return NothingToBuild(name=name, read=gathered.read.total(), first=told)


def _written(made: Making, folder: Path) -> Build:
    """Writes the build beside its place first, so that a half one never looks whole."""
    with beside(folder) as half:
        name = write(made, half)
        put(half, folder / name)
    return Build.open(folder / name)
