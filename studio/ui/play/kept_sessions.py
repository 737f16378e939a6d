"""Owns which sessions were kept: looks into their folder. Knows no Qt."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.language import _, plural
from studio.play.log import read_session
from studio.scenario import parse
from studio.ui.play.shelf import title_of

MOST = 200
"""So many sessions are listed, the newest ones."""


@dataclass(frozen=True, slots=True)
class KeptSession:
    """One session on the disk. `turns` counts what was played on the path that it was left on."""

    path: Path
    title: str
    model: str
    turns: int
    when: datetime.datetime
    rated: bool = False
    trouble: str = ""

    @property
    def about(self) -> str:
        """The line below its title."""
        played = plural("{count} turn", "{count} turns", self.turns)
        when = self.when.astimezone().strftime("%d.%m.%Y %H:%M")
        return " · ".join(filter(None, (when, played, self.model, _("rated") if self.rated else "", self.trouble)))


def kept_sessions(folder: Path) -> list[KeptSession]:
    """The sessions of a folder in which something was played, the newest first; files that are none are left out."""
    paths = [(_changed(path), path) for path in folder.glob("*.jsonl")] if folder.is_dir() else []
    newest = sorted(paths, key=lambda one: (one[0], one[1].name), reverse=True)[:MOST]
    found = [_kept(path, changed) for changed, path in newest]
    return [one for one in found if one is not None and one.turns]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _kept(path: Path, changed: float) -> KeptSession | None:
    try:
        kept = read_session(path)
    except LorewrightError:
        return None
    scenario = parse(kept.header.scenario).scenario
    model = kept.tree.model.name if kept.tree.model is not None else kept.header.name
    turns = sum(node.is_turn and not node.told for node in kept.path)
    when = datetime.datetime.fromtimestamp(changed, tz=datetime.UTC)
    damaged = _("damaged from line {n} on").format(n=kept.damage.line) if kept.damage is not None else ""
    title, rated = title_of(scenario) or path.stem, kept.tree.ratings is not None
    return KeptSession(path, title, model, turns, when, rated, damaged)
