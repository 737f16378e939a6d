"""Owns the menu of all that can be done with a row of the chat; knows neither row nor session."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QMenu, QWidget

from studio.language import _
from studio.ui.play.row_deeds import Deed
from studio.ui.theme.theme import Theme

_GAPS = ("edit", "good", "branch", "copy")
"""Before these a line stands."""


def row_menu(theme: Theme, parent: QWidget, deeds: Sequence[Deed], run: Callable[[str], object]) -> QMenu:
    """The menu; it is gone once it is closed."""
    menu = QMenu(parent)
    menu.setAccessibleName(_("What can be done with this turn"))
    menu.aboutToHide.connect(menu.deleteLater)
    for deed in deeds:
        if deed.name in _GAPS and not menu.isEmpty():
            menu.addSeparator()
        keys = f"\t{deed.keys[0]}" if deed.keys else ""
        action = menu.addAction(theme.icon(deed.icon_name), _(deed.title) + keys)
        action.triggered.connect(lambda _on=False, name=deed.name: run(name))
    return menu
