"""How the window looks: tokens, palettes, one generated style sheet, fonts and icons."""

from studio.ui.theme.theme import Appearance, Theme

__all__ = ["Appearance", "Theme"]
