"""Owns looking at sessions without changing them: one as a book, and all of a folder as a list. Knows no engine."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.play.log import read_session
from studio.play.opening import played_by
from studio.play.records import Node
from studio.play.session import Session
from studio.scenario import parse
from studio.scenario.game import Game
from studio.workspace.game import Games


def read_book(path: Path, game: Game | None = None) -> Session:
    """A session as it stands in its file, which stays as it is; what is damaged is told in `damage`.

    It is kept nowhere else: what is changed on it is lost. Raises DamagedSession or what reading raises.
    """
    kept = read_session(path)
    rules, tools = played_by(kept.header, Games().of(path) if game is None else game)
    return Session(
        scenario=parse(kept.header.scenario, tools=tools).scenario,
        header=kept.header,
        rules=rules,
        tools=tools,
        tree=kept.tree,
        damage=kept.damage,
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as a list shows it; `trouble` says why it could not be read, or what of it.

    `turns` counts what was said on the path that it was left on, and `rated` whether people answered its questions.
    """

    path: Path
    title: str
    model: str
    turns: int
    changed: datetime.datetime
    trouble: str = ""
    rated: bool = False

    @property
    def name(self) -> str:
        """The name by which commands take it."""
        return self.path.stem

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "session": self.name,
            "path": str(self.path),
            "title": self.title,
            "model": self.model,
            "turns": self.turns,
            "changed": self.changed.isoformat(timespec="seconds"),
            "trouble": self.trouble,
        }


def sessions_in(folder: Path, most: int | None = None) -> list[Listed]:
    """The sessions of a folder, the last that was played first; at most so many, the newest."""
    found = [(_changed(path), path) for path in folder.glob("*.jsonl")] if folder.is_dir() else []
    newest = sorted(found, key=lambda one: (one[0], one[1].name), reverse=True)[:most]
    return [_listed(path, changed) for changed, path in newest]


def _changed(path: Path) -> datetime.datetime:
    try:
        return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    except OSError:
        return datetime.datetime.fromtimestamp(0, datetime.UTC)


def _listed(path: Path, changed: datetime.datetime) -> Listed:
    try:
        kept = read_session(path)
    except LorewrightError as error:
        return Listed(path, path.stem, "", 0, changed, str(error))
    scenario = parse(kept.header.scenario).scenario
    model = kept.tree.model.name if kept.tree.model is not None else kept.header.name
    title = str(scenario.metadata.get("title") or path.stem)
    damaged = kept.damage.sentence if kept.damage is not None else ""
    return Listed(path, title, model, said(kept.path), changed, damaged, kept.tree.ratings is not None)


def said(path: Iterable[Node]) -> int:
    """How many turns of players and narrator were played on a path; results and what was brought in do not count."""
    return sum(one.is_turn and one.kind != "TOOLCALL" and not one.told for one in path)
