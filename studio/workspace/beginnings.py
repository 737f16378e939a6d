"""Owns the beginnings of new scenarios: which templates there are, and where a new file is put; knows no window."""

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from studio.files import read_text, save_atomic
from studio.resources import resource
from studio.scenario import parse, render
from studio.scenario.cards.importing import one_line, plain_text
from studio.workspace.folder import Workspace

_TABLE = "templates.yaml"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A scenario to begin from: its file, its words for people, the type it is of."""

    key: str
    title: str
    about: str
    scenario_type: str
    text: str


@cache
def beginnings() -> tuple[Beginning, ...]:
    """The templates that ship, in their order; titles and descriptions are messages for translation."""
    folder = resource("scenario_templates")
    rows = yaml.safe_load(read_text(folder / _TABLE))
    return tuple(
        Beginning(key, row["title"], row["about"], row["type"], read_text(folder / f"{key}.md"))
        for key, row in rows.items()
    )


def begin(workspace: Workspace, title: str, scenario_type: str, text: str) -> Path:
    """Writes a scenario of this text under a free name with this title, and returns where; raises NotSaved."""
    path = free_path(workspace.scenarios / scenario_type, title)
    save_atomic(path, titled(text, title))
    return path


def titled(text: str, title: str) -> str:
    """A scenario's text with its title as given; nothing else of it changes."""
    scenario = parse(text).scenario
    plain = one_line(plain_text(title, {}))
    return render(replace(scenario, metadata={**scenario.metadata, "title": plain}))


def free_path(folder: Path, title: str, suffix: str = ".md") -> Path:
    """A path in `folder` that is named after a title and where nothing stands."""
    stem = stem_of(title)
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path


def stem_of(title: str) -> str:
    """A file's name without its ending, for a title; nothing in it leads anywhere."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "scenario"
