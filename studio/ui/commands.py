"""Owns what a command of the window is; knows no tab."""

from collections.abc import Callable
from dataclasses import dataclass


def always() -> bool:
    """A command that can run at any time."""
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do, by palette, shortcut or button. `name` is stable, `title` is for people.

    `shortcut` is in Qt's portable spelling, for example `Ctrl+Shift+P`.
    """

    name: str
    title: str
    run: Callable[[], object]
    shortcut: str = ""
    icon_name: str = ""
    ready: Callable[[], bool] = always
