"""Owns the commands that hold in the whole window; knows no tab's inside."""

from functools import partial
from typing import TYPE_CHECKING

from studio.language import _
from studio.ui.commands import Command
from studio.ui.theme import Appearance

if TYPE_CHECKING:
    from studio.ui.shell.window import Window


def commands(window: "Window") -> list[Command]:
    """Going to tabs, the drawer's pages, the look, and the palette itself."""
    return [*_places(window), *_look(window), *_whole(window)]


def _places(window: "Window") -> list[Command]:
    going = [
        Command(
            f"go.{name}",
            _("Go to {tab}").format(tab=tab.title),
            partial(window.go_to, name),
            f"Ctrl+{number}" if number <= 8 else "",
            tab.icon_name,
        )
        for number, (name, tab) in enumerate(window.tabs.items(), start=1)
    ]
    pages = (
        ("problems", _("Show problems"), "Ctrl+Shift+M"),
        ("jobs", _("Show jobs"), "Ctrl+Shift+J"),
        ("log", _("Show the log"), "Ctrl+Shift+L"),
    )
    return going + [
        Command(f"drawer.{page}", title, partial(window.toggle_drawer, page), shortcut, page)
        for page, title, shortcut in pages
    ]


def _look(window: "Window") -> list[Command]:
    theme, settings = window.context.theme, window.context.settings

    def choose(appearance: Appearance) -> None:
        theme.choose(appearance)
        settings.set("appearance", appearance.value)

    def toggle() -> None:
        choose(Appearance.LIGHT if theme.dark else Appearance.DARK)

    def zoom(steps: int) -> None:
        theme.zoom_by(steps)
        settings.set("zoom", theme.zoom)

    def actual_size() -> None:
        theme.set_zoom(1.0)
        settings.set("zoom", theme.zoom)

    def faces() -> None:
        theme.system_faces = not theme.system_faces
        settings.set("system_faces", theme.system_faces)
        theme.apply()

    return [
        Command("theme.toggle", _("Switch between dark and light"), toggle, "Ctrl+Shift+D", "theme"),
        Command("theme.system", _("Follow the system's appearance"), lambda: choose(Appearance.SYSTEM), "", "theme"),
        Command("theme.faces", _("Use the system's typefaces, or Lorewright's"), faces),
        Command("zoom.in", _("Zoom in"), lambda: zoom(1), "Ctrl+=", "add"),
        Command("zoom.out", _("Zoom out"), lambda: zoom(-1), "Ctrl+-", "remove"),
        Command("zoom.actual", _("Actual size"), actual_size, "Ctrl+0"),
    ]


def _whole(window: "Window") -> list[Command]:
    return [
        Command("storage", _("Room on disk: what runs, checkpoints and models take"), window.open_storage, "", "trash"),
        Command("palette", _("Show all commands"), window.open_palette, "Ctrl+Shift+P", "commands"),
        Command("quit", _("Close Lorewright"), window.close, "Ctrl+Q", "close"),
    ]


def add_foot(window: "Window") -> None:
    """The small buttons at the foot of the rail."""
    by_name = {command.name: command for command in window.actions_.commands()}
    for name in ("palette", "theme.toggle"):
        command = by_name[name]
        window.rail.add_action(command.icon_name, f"{command.title}  {command.shortcut}", command.run)
