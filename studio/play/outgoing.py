"""Owns what leaves a session and what comes into one: scenarios, files, talks of other programs, corrections, ratings.

Every function works on one session and a workspace; what it gives is a sentence for people. Knows no window and no
terminal: both ask for the same here.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import save_atomic
from studio.language import N_, _
from studio.play.corrections import keep_correction
from studio.play.exporting import as_html, as_markdown, rows_text, title_of
from studio.play.importing import read_talks
from studio.play.ratings import Ratings, Vote
from studio.play.regressions import keep_case
from studio.play.said import FILE, Rated, Voted, keep
from studio.play.saving import as_scenario, of_correction
from studio.play.session import Session
from studio.scenario.model import Turn
from studio.workspace import Workspace
from studio.workspace.beginnings import free_path
from studio.workspace.game import Games

FORMATS = {
    "markdown": (N_("Markdown"), ".md"),
    "html": (N_("One page (HTML)"), ".html"),
    "rows": (N_("Training rows (JSONL)"), ".jsonl"),
    "scenario": (N_("Scenario"), ".md"),
}
"""The files that a session can be written as: what they are called, and their ending."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it: a sentence, the file that was written, what people should know besides.

    `scenario` is the text of one that is offered and can be kept.
    """

    text: str
    path: Path | None = None
    remarks: tuple[str, ...] = ()
    scenario: str = ""

    def said_in(self, root: Path) -> str:
        """The sentence, with the file as a workspace knows it: a script says the same on every machine."""
        if self.path is None:
            return self.text
        whole, path = root.resolve(), self.path.resolve()
        return f"{self.text} ({path.relative_to(whole).as_posix() if path.is_relative_to(whole) else self.path})"


def save_scenario(workspace: Workspace, session: Session, first: int | None, last: int | None, title: str = "") -> Told:
    """Saves a stretch of the path (all where None) among the scenarios. Raises what making or saving it raises."""
    title = title or _("{title}, as played").format(title=title_of(session))
    words = Games().of(workspace.scenarios).words
    saved = as_scenario(session, first, last, title=title, words=words)
    path = free_path(workspace.scenarios / (session.scenario.scenario_type or "mixed"), title)
    save_atomic(path, saved.text)
    return Told(_("{turns} saved as {name}.").format(turns=saved.counted, name=path.name), path, saved.remarks)


def export(session: Session, kind: str, path: Path) -> Told:
    """Writes a session into a file of a kind of `FORMATS`. Raises what making or saving it raises."""
    remarks: tuple[str, ...] = ()
    if kind == "scenario":
        saved = as_scenario(session, title=title_of(session))
        text, remarks = saved.text, saved.remarks
    else:
        text = {"markdown": as_markdown, "html": as_html, "rows": rows_text}[kind](session)
    save_atomic(path, text)
    return Told(_("Written to {name}.").format(name=path.name), path, remarks)


def correct(workspace: Workspace, session: Session, node: int, text: str) -> Told:
    """Keeps a better reply: as a pair for training, as a case for Evaluate, and as a scenario where it makes one."""
    words = Games().of(workspace.scenarios).words
    correction = of_correction(session, session.correct(node, text), words=words)
    keep_correction(workspace.corrections, correction)
    remarks = []
    try:
        if keep_case(workspace.root, correction):
            remarks.append(_("Evaluate asks it of every model now (suite “regressions”)."))
    except LorewrightError as error:  # the correction itself is kept
        remarks.append(str(error))
    return Told(_("The correction is kept for training."), None, tuple(remarks), correction.scenario)


def rate(workspace: Workspace, session: Session, ratings: Ratings, when: datetime.datetime) -> Told:
    """Keeps how a person liked a session, in it and among the workspace's ratings. Raises NotSaved."""
    session.rate(ratings)
    rated = Rated(
        session=_name(session),
        model=session.model,
        name=session.model_name,
        seed=session.seed,
        turns=len(session.played()),
        when=when.isoformat(timespec="seconds"),
        ratings=ratings,
    )
    keep(workspace.root / FILE, rated)
    return Told(_("Thank you. It is kept with the model and the seed."))


def vote(workspace: Workspace, session: Session, node: int, given: Vote, when: datetime.datetime) -> Told:
    """Keeps which of two models' replies a person preferred, in the session and among the ratings. Raises NotSaved."""
    session.vote(node, given)
    told = when.isoformat(timespec="seconds")
    keep(workspace.root / FILE, Voted(session=_name(session), seed=session.seed, when=told, vote=given))
    return Told(_("Your vote is kept."))


def _name(session: Session) -> str:
    return session.file.path.stem if session.file is not None else ""


def keep_scenario(workspace: Workspace, session: Session, text: str) -> Told:
    """Saves the scenario that a correction comes to. Raises what saving it raises."""
    path = free_path(workspace.scenarios / (session.scenario.scenario_type or "mixed"), title_of(session))
    save_atomic(path, text)
    return Told(_("Saved as {name}.").format(name=path.name), path)


def talk_in(path: Path) -> tuple[list[Turn], tuple[str, ...]]:
    """The turns of another program's talk, and what of it could not be told. Raises what reading it raises."""
    imported = read_talks(path)
    remarks = [str(remark) for remark in imported.remarks]
    if len(imported.talks) > 1:
        told = _("The file holds {count} talks; the first was taken.")
        remarks.append(told.format(count=len(imported.talks)))
    return imported.talk(1).as_scenario_turns(), tuple(remarks)
