"""Owns the drafts of a workspace: kept apart from its scenarios until a person accepts them; writes no draft itself.

A draft lies in `drafts/`. Accepted, it becomes a scenario with the day of its acceptance in front matter, and the draft
goes to the bin, so that both can be taken back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from studio.dataset.acceptance import ACCEPTED, is_synthetic, notes_in
from studio.dataset.augment.parents import marked
from studio.dataset.drafting.draft import Draft
from studio.errors import InputError, PathMissing, UsageError
from studio.files import inside, save_atomic
from studio.language import N_, _
from studio.lint import Diagnostic, Severity, check
from studio.scenario import Edit, Parsed, load, parse
from studio.scenario.edits import applied
from studio.scenario.parser import TYPES
from studio.workspace.beginnings import free_path
from studio.workspace.bin import Deed, Filing
from studio.workspace.folder import Workspace, scenario_files
from studio.workspace.game import Games
from studio.workspace.selections import Selections

FOLDER = "drafts"


class NoSuchDraft(UsageError):
    """A name that no draft has."""

    sentence = N_("There is no draft called {name}. The drafts are {known}.")


class DraftHasErrors(InputError):
    """A draft that cannot be accepted as it is."""

    sentence = N_("{path} has errors: {first} Mend them, then accept it.")


class NotADraft(InputError):
    """A file among the drafts that no model wrote."""

    sentence = N_("{path} is not tagged `synthetic`, so it is no draft. Move it into scenarios/ yourself.")


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it lies there; `problems` are what its writer left open, its errors and warnings, as sentences."""

    path: Path
    title: str
    scenario_type: str
    writer: str
    problems: tuple[str, ...]
    errors: int

    def as_json(self) -> dict[str, object]:
        """The draft as plain values."""
        return {
            "path": str(self.path),
            "title": self.title,
            "type": self.scenario_type,
            "writer": self.writer,
            "errors": self.errors,
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A draft that became a scenario, and what takes the draft out of the bin again."""

    scenario: Path
    deed: Deed


class Drafts:
    """The drafts of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._games, self._selections = Games(), Selections()

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._workspace.root / FOLDER

    def paths(self) -> Iterator[Path]:
        """The files, by name."""
        return scenario_files(self.folder)

    def all(self) -> tuple[Kept, ...]:
        """The drafts, by name; raises what reading raises."""
        return tuple(map(self.kept, self.paths()))

    def find(self, name: str) -> Path:
        """The draft of a name or path; raises NoSuchDraft or OutsideFolder."""
        plain = name if name.endswith(".md") else f"{name}.md"
        for path in (inside(self.folder, Path(plain).name), inside(self.folder, plain)):
            if path.is_file():
                return path
        known = ", ".join(path.stem for path in self.paths()) or _("none yet")
        raise NoSuchDraft(name=name, known=known)

    def save(self, draft: Draft) -> Path:
        """Keeps a draft under a free name; raises NotSaved."""
        path = free_path(self.folder, draft.title)
        save_atomic(path, draft.text)
        return path

    def kept(self, path: Path) -> Kept:
        """One draft; raises what reading raises."""
        parsed = self._load(path)
        found = [row for row in self._found(path, parsed) if row.severity is not Severity.HINT]
        metadata = parsed.scenario.metadata
        return Kept(
            path,
            str(metadata.get("title") or path.stem),
            parsed.scenario.scenario_type or "",
            str(metadata.get("writer") or ""),
            (*(note for note, _span in notes_in(parsed)), *(f"{row.code}: {row.message}" for row in found)),
            sum(row.severity is Severity.ERROR for row in found),
        )

    def accept(self, path: Path, today: date, filing: Filing) -> Acceptance:
        """Makes a draft a scenario of its type, with the day in its front matter and without the notes of what was
        open; the draft goes to the bin.

        Raises PathMissing, NotADraft, DraftHasErrors, NotSaved, and NotMoved where the draft cannot be thrown away:
        then there is no scenario either.
        """
        if not path.is_file():
            raise PathMissing(path=path)
        parsed = self._load(path)
        if not is_synthetic(parsed.scenario):
            raise NotADraft(path=path)
        errors = [row for row in self._found(path, parsed) if row.severity is Severity.ERROR]
        if errors:
            raise DraftHasErrors(path=path, first=f"{errors[0].code}: {errors[0].message}")
        scenario_type = parsed.scenario.scenario_type
        folder = self._workspace.scenarios / (scenario_type if scenario_type in TYPES else TYPES[-1])
        target = free_path(folder, path.stem)
        bare = applied(parsed.scenario.text, [Edit(span, "") for _note, span in notes_in(parsed)])
        save_atomic(target, marked(parse(bare, path=path, tools=parsed.tools), (), {ACCEPTED: today}))
        try:
            return Acceptance(target, filing.delete(path))
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def take_back(self, acceptance: Acceptance, filing: Filing) -> None:
        """The draft lies where it lay, and the scenario in the bin; raises NameTaken, PathMissing or NotMoved."""
        filing.undo(acceptance.deed)
        filing.delete(acceptance.scenario)

    def discard(self, path: Path, filing: Filing) -> Deed:
        """Puts a draft into the bin; raises PathMissing or NotMoved."""
        return filing.delete(path)

    def _load(self, path: Path) -> Parsed:
        return load(path, tools=self._games.of(path).tools)

    def _found(self, path: Path, parsed: Parsed) -> list[Diagnostic]:
        return check(parsed, self._games.of(path).words, self._selections.of(path))
