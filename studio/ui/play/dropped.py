"""Owns what becomes of a file or a folder that was dropped on Play: models, a session that was kept, or a talk."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from studio.language import _

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab

_TALKS = (".json", ".jsonl", ".txt", ".log")
_FIRST_LINE = 4 << 20
"""A header holds a scenario, rules and tools; what is longer is none."""


def take(tab: "PlayTab", path: Path, *, here: bool) -> bool:
    """Takes what was dropped; False where it is not Play's. A talk is taken only where Play is shown (`here`)."""
    if path.is_dir() or path.suffix.lower() == ".gguf":
        return _models(tab, path, here=here)
    if _is_session(path):
        tab.was_entered = True  # what is opened is this, and not the first scenario there is
        tab.errands.start(_open(tab, path))
        return True
    if here and path.suffix.lower() in _TALKS:
        tab.evening.files.take_talk(path)
        return True
    return False


def _models(tab: "PlayTab", path: Path, *, here: bool) -> bool:
    if path.is_dir() and not any(path.glob("*.gguf")):
        if here:
            text = _("{name} holds no GGUF. Drop a folder with models in it.")
            tab.context.toast(text.format(name=path.name), "warning")
        return here
    tab.was_entered = True
    tab.errands.start(_add(tab, path))
    return True


async def _add(tab: "PlayTab", path: Path) -> None:
    if tab.table.scenario is None:
        await tab.look()
        tab.begin_chosen()
    await tab.stock.add(tab.beside.side, path)
    if path.is_dir() and tab.beside.seat.path is None:
        tab.beside.side.picker.showPopup()


async def _open(tab: "PlayTab", path: Path) -> None:
    """A session as it stood, with a model to go on with where none is loaded."""
    await tab.look()
    await tab.open_session(path)
    await tab.seat_any_model()


def _is_session(path: Path) -> bool:
    """Whether the first line is a session's header."""
    if path.suffix.lower() != ".jsonl":
        return False
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline(_FIRST_LINE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and {"format", "scenario", "model", "seed"} <= header.keys()
