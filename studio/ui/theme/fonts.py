"""Owns the typefaces that ship with the studio; knows no widget."""

import logging
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from studio.resources import resource
from studio.ui.theme.tokens import MONO_FAMILY, TEXT_FAMILY

_log = logging.getLogger(__name__)


@cache
def load_fonts() -> tuple[str, ...]:
    """Makes the shipped families known to Qt and returns their names; a system face stands in for a lost one."""
    families: list[str] = []
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number < 0:
            _log.warning("the font %s could not be loaded", path)
        else:
            families += QFontDatabase.applicationFontFamilies(number)
    return tuple(dict.fromkeys(families))


def text_font(pixels: int, *, weight: QFont.Weight = QFont.Weight.Normal, system: bool = False) -> QFont:
    """The face for sentences; `system` takes the desktop's own."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont) if system else QFont(TEXT_FAMILY)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def mono_font(pixels: int, *, system: bool = False) -> QFont:
    """The face for scenario text."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont) if system else QFont(MONO_FAMILY)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFeature(QFont.Tag("calt"), 0)  # a tag must look as it is spelt, not joined into one sign
    font.setPixelSize(pixels)
    return font
