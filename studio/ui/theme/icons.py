"""Owns the table of icons by what they mean; knows no widget."""

from functools import lru_cache

import qtawesome
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from studio.resources import resource
from studio.ui.theme.tokens import Colours

ICONS = {
    "write": "ph.pen-nib",
    "data": "ph.database",
    "train": "ph.graduation-cap",
    "convert": "ph.package",
    "evaluate": "ph.chart-line",
    "play": "ph.chats",
    "serve": "ph.broadcast",
    "worlds": "ph.globe-hemisphere-west",
    "home": "ph.house",
    "commands": "ph.command",
    "theme": "ph.circle-half",
    "help": "ph.question",
    "search": "ph.magnifying-glass",
    "close": "ph.x",
    "done": "ph.check",
    "more": "ph.dots-three",
    "add": "ph.plus",
    "remove": "ph.minus",
    "open-folder": "ph.folder-open",
    "folder": "ph.folder",
    "file": "ph.file-text",
    "fold-left": "mdi6.dock-left",
    "fold-right": "mdi6.dock-right",
    "fold-bottom": "mdi6.dock-bottom",
    "down": "ph.caret-down",
    "up": "ph.caret-up",
    "right": "ph.caret-right",
    "save": "ph.floppy-disk",
    "fix": "ph.magic-wand",
    "next": "ph.arrow-down",
    "previous": "ph.arrow-up",
    "error": "ph.x-circle-fill",
    "warning": "ph.warning-fill",
    "hint": "ph.lightbulb-fill",
    "info": "ph.info",
    "success": "ph.check-circle-fill",
    "problems": "ph.warning-circle",
    "jobs": "ph.list-dashes",
    "log": "ph.terminal-window",
    "preview": "ph.eye",
    "outline": "ph.list-bullets",
    "lock": "ph.lock-simple",
    "start": "ph.play-fill",
    "stop": "ph.stop-fill",
    "retry": "ph.arrow-clockwise",
    "chip": "ph.cpu",
    "graphics": "mdi6.expansion-card-variant",
    "model": "ph.cube",
    "dice": "mdi6.dice-d20",
    "dice-outline": "mdi6.dice-d20-outline",
    "combat": "ph.sword",
    "roleplay": "ph.chats-circle",
    "exploration": "ph.compass",
    "mixed": "ph.shuffle",
    "other": "ph.folder",
    "person": "ph.user",
    "health": "ph.heart-fill",
    "shield": "ph.shield",
    "bag": "ph.handbag",
    "spells": "ph.sparkle",
    "star": "ph.star",
    "tool": "ph.lightning",
    "world": "ph.globe-hemisphere-west",
    "place": "ph.map-pin",
    "held-out": "ph.flask",
    "tag": "ph.tag",
    "gear": "ph.gear",
    "trash": "ph.trash",
    "download": "ph.download-simple",
    "clock": "ph.clock",
    "undo": "ph.arrow-counter-clockwise",
    "flag": "ph.flag-fill",
    "pair": "ph.arrows-left-right",
    "preference": "ph.thumbs-up",
    "decision": "ph.crown",
    "judge": "ph.scales",
    "audit": "ph.funnel",
    "compare": "ph.git-diff",
    "export": "ph.export",
    "build": "ph.stack",
    "balance": "ph.chart-bar",
    "edit": "ph.pencil-simple",
    "back": "ph.caret-left",
    "dislike": "ph.thumbs-down",
    "branch": "ph.git-branch",
    "redo": "ph.arrow-u-up-right",
    "blind": "ph.eye-slash",
    "sessions": "ph.clock-counter-clockwise",
    "sampler": "ph.sliders-horizontal",
}
"""What an icon means, and the glyph that shows it."""


def icon(name: str, colours: Colours, colour: str) -> QIcon:
    """The icon `name` in the token `colour`; dimmer where disabled."""
    return _drawn(ICONS[name], getattr(colours, colour), colours.line_strong)


@lru_cache(maxsize=512)
def _drawn(glyph: str, colour: str, disabled: str) -> QIcon:
    drawn = qtawesome.icon(glyph, color=colour, color_disabled=disabled)
    assert isinstance(drawn, QIcon)
    return drawn


def window_icon() -> QIcon:
    """The studio's own mark."""
    result = QIcon()
    for size in (16, 32, 64, 128, 256):
        result.addFile(str(resource("icons") / "lorewright.svg"), QSize(size, size))
    return result
