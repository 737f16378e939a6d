"""Owns what the Data tab fetches off the window's thread: data sets, their tables, verdicts of a person. No Qt.

What needs Arrow is imported when it is asked for: the window opens before that part of the set-up is there.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.dataset.audit.authority import decide
from studio.dataset.audit.people import PeopleFile
from studio.dataset.builds import Build, find_build
from studio.dataset.description import Authority, Description, description_path, read_description
from studio.dataset.verdicts import By, Decision, Verdict
from studio.errors import LorewrightError
from studio.files import read_text, save_atomic
from studio.ui.problems import Problem
from studio.workspace import Workspace
from studio.workspace.beginnings import begin as begin_scenario
from studio.workspace.beginnings import beginnings
from studio.workspace.bin import Filing

if TYPE_CHECKING:
    import pyarrow as pa

    from studio.dataset.drafts import Acceptance, Kept
    from studio.dataset.examination import Examination
    from studio.dataset.examined import Wanted
    from studio.dataset.rows import Row


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set as its file says; where that has mistakes there is no description but a sentence."""

    name: str
    path: Path
    text: str
    description: Description | None
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class SourceCard:
    """What a card says of a source; `found` is how its shape was recognised, `passes` how often an epoch reads it."""

    name: str
    kind: str
    place: str
    weight: float
    licence: str = ""
    note: str = ""
    found: str = ""
    rows: int | None = None
    problems: int = 0
    passes: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What was found out about a data set, and the table of its examples."""

    examination: "Examination"
    table: "pa.Table"
    found: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a person's word came to: `person` is that word (None: taken back), `counts` the verdict that counts now."""

    person: Verdict | None
    counts: Verdict
    why: str


def data_set(workspace: Workspace, name: str) -> DataSet:
    """One data set by its name; raises what reading the file raises."""
    path = description_path(workspace.root, name)
    text = read_text(path)
    try:
        return DataSet(name, path, text, read_description(path))
    except LorewrightError as error:
        return DataSet(name, path, text, None, str(error))


def write(path: Path, before: str | None, after: str) -> bool:
    """Writes a description over the text that it was made from; False where another stands there now."""
    if before is not None and (not path.exists() or read_text(path) != before):
        return False
    if before is None and path.exists():
        return False
    save_atomic(path, after)
    return True


def cards(data: DataSet, seen: "Examination | None") -> list[SourceCard]:
    """The sources as the left side shows them."""
    found = seen.sources if seen is not None else {}
    made = []
    for source in data.description.sources if data.description is not None else ():
        known = found.get(source.name)
        made.append(
            SourceCard(
                source.name, source.kind, str(getattr(source, source.kind)), source.weight, source.licence, source.note,
                known.found if known else "", known.rows if known else None, known.problems if known else 0,
                known.passes if known else None,
            )
        )  # fmt: skip
    return made


def shown(workspace: Workspace, name: str) -> Shown | None:
    """What was found out last about a data set; None before it was looked at."""
    from studio.dataset.examination import last_examination
    from studio.dataset.examined import counted, open_table

    seen = last_examination(workspace.root, name)
    if seen is None:
        return None
    table = open_table(seen.table)
    columns = {"decision": "decision", "source": "source", "kind": "kind", "reason": "reasons"}
    return Shown(seen, table, {name: counted(table, column) for name, column in columns.items()})


def outdated(workspace: Workspace, data: DataSet, seen: "Examination") -> bool:
    """Whether what was found out is of an older description or older files."""
    from studio.dataset import examination

    if data.description is None or seen.description != data.text:
        return data.description is not None
    return examination.outdated(workspace.root, data.description, seen)


def picked(table: "pa.Table", own: Mapping[str, Verdict], wanted: "Wanted") -> tuple["pa.Table", "pa.Array"]:
    """The table with a person's newest verdicts, and the places of the wanted rows in it."""
    from studio.dataset.examined import decided_by, pick

    ruled = decided_by(table, own)
    return ruled, pick(ruled, wanted)


def wanted_from(values: Mapping[str, object], order: str, descending: bool) -> "Wanted":
    """What the filters say."""
    from studio.dataset.examined import Wanted

    return Wanted(**values, order=order, descending=descending)  # type: ignore[arg-type]  # the filters' own names


def example(table: "pa.Table", place: int) -> tuple["Row", tuple[Verdict, ...]]:
    """A whole row and what is said of it."""
    from studio.dataset.examined import example_at

    return example_at(table, place)


def rule(
    root: Path, table: "pa.Table", places: Sequence[int], authority: Authority, decision: Decision | None
) -> dict[str, Ruled]:
    """Records a person's word on rows, or takes the last one back (None), and says what counts now, by row key."""
    people = PeopleFile(root)

    ruled = [_voices(table, place) for place in places]
    keys = tuple(dict.fromkeys(key for key, _others in ruled))
    if decision is None:
        people.undo_all(keys)
    else:
        people.add_all(keys, decision)
    persons = people.read()
    return {key: _ruled(key, voices, persons.get(key), authority) for key, voices in ruled}


def _voices(table: "pa.Table", place: int) -> tuple[str, tuple[Verdict, ...]]:
    row, voices = example(table, place)
    return row.key, voices


def _ruled(key: str, voices: Sequence[Verdict], person: Verdict | None, authority: Authority) -> Ruled:
    from studio.dataset.examined import why

    by = {voice.by: voice for voice in voices}
    counts = decide(key, by.get(By.HEURISTICS), by.get(By.JUDGE), person, authority)
    return Ruled(person, counts, why(counts))


def voices_with(voices: Sequence[Verdict], ruled: Ruled | None) -> list[Verdict]:
    """The voices on a row, a person's newest word among them; that stands first."""
    if ruled is None:
        return sorted(voices, key=lambda one: one.by is not By.PERSON)
    others = [one for one in voices if one.by is not By.PERSON]
    return [ruled.person, *others] if ruled.person is not None else others


def changed(workspace: Workspace, name: str, change: Callable[[str, Path], str]) -> tuple[str, str]:
    """The text of a description before and after a change; raises BadDescription where the whole is then wrong."""
    path = description_path(workspace.root, name)
    before = read_text(path)
    return before, change(before, path)


def drafts(workspace: Workspace) -> "list[Kept]":
    """The drafts that wait for a person's word."""
    from studio.dataset.drafts import Drafts

    return list(Drafts(workspace).all())


def accept(workspace: Workspace, path: Path, filing: Filing) -> "Acceptance":
    """Makes a draft a scenario of the workspace; raises DraftHasErrors and what moving it raises."""
    from studio.dataset.drafts import Drafts

    return Drafts(workspace).accept(path, datetime.date.today(), filing)


def take_back(workspace: Workspace, acceptance: "Acceptance", filing: Filing) -> None:
    """Makes a scenario the draft again that it was."""
    from studio.dataset.drafts import Drafts

    Drafts(workspace).take_back(acceptance, filing)


def place_of(table: "pa.Table", key: str) -> int:
    """Where the row with a key stands in a table; -1 where it does not."""
    from studio.dataset.examined import place_of_key

    return place_of_key(table, key)


def latest_build(workspace: Workspace, name: str) -> Build | None:
    """The build that was made last; None where there is none, or it cannot be read."""
    try:
        return find_build(workspace, name)
    except LorewrightError:
        return None


def at_line(path: Path, line: int) -> Problem:
    """A line of a text as a place to go to; the beginning of the file where it has no such line."""
    try:
        lines = read_text(path).splitlines(keepends=True)
    except LorewrightError:
        lines = []
    start = sum(map(len, lines[: line - 1])) if line <= len(lines) else 0
    return Problem(path, path.stem, "", "error", line, start, start, "")


def free_folder(wanted: Path) -> Path:
    """A folder that does not exist yet, named as wanted or with a number after it."""
    path, number = wanted, 1
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.name}-{number}")
    return path


def named(root: Path, path: Path) -> str:
    """A path as a description has it: from the workspace where it lies inside, else whole."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def begun(workspace: Workspace, wanted: Mapping[str, object]) -> Path:
    """A new scenario from the template of the wanted type, with what is wanted as a comment; raises NotSaved."""
    kind, sentence = str(wanted.get("type", "mixed")), str(wanted.get("sentence", ""))
    template = next((one for one in beginnings() if one.scenario_type == kind), beginnings()[0])
    title = sentence.rstrip(".")[:60]
    return begin_scenario(workspace, title, kind, f"{template.text.rstrip()}\n\n<!-- {sentence} -->\n")
