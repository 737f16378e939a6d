"""Owns the reading of scenario files for lists of them: title, type, size and problems; knows no window."""

from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text
from studio.lint import Diagnostic, Selection, check, unreadable
from studio.scenario import Parsed, parse
from studio.scenario.game import Game


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What a list says of one scenario; `unreadable` is the reason where the file could not be read."""

    path: Path
    title: str
    scenario_type: str
    turns: int = 0
    held_out: bool = False
    tags: tuple[str, ...] = ()
    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = field(default=())
    unreadable: str | None = None

    def count(self, severity: str) -> int:
        """How many diagnostics have this severity."""
        return sum(1 for item in self.diagnostics if item.severity == severity)


def survey(
    path: Path, text: str | None = None, *, game: Game | None = None, selection: Selection | None = None
) -> Surveyed:
    """Reads, parses and checks one file; never raises for what is wrong with it. `text` stands for the file's.

    `game` has the tools and rules that it is checked by, the shipped ones where it is None; `selection` says which
    checks speak.
    """
    game = game if game is not None else Game.shipped()
    try:
        content = read_text(path) if text is None else text
    except LorewrightError as error:
        found = unreadable(error)
        return Surveyed(
            path,
            path.stem,
            path.parent.name,
            diagnostics=(found,) if found is not None else (),
            unreadable=str(error),
        )
    parsed = parse(content, path=path, tools=game.tools)
    return summary(path, parsed, tuple(check(parsed, game.words, selection)))


def summary(path: Path, parsed: Parsed, diagnostics: tuple[Diagnostic, ...]) -> Surveyed:
    """What a list says of a scenario that was parsed and checked already."""
    scenario = parsed.scenario
    title = scenario.metadata.get("title")
    tags = scenario.metadata.get("tags")
    return Surveyed(
        path,
        title if isinstance(title, str) and title.strip() else path.stem,
        scenario.scenario_type or path.parent.name,
        len(scenario.turns),
        scenario.held_out,
        tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        scenario.text,
        diagnostics,
    )
