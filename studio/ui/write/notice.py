"""Owns a strip above a text: a sentence, and buttons for what can be done; knows not what it speaks of."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout

from studio.language import _
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.widgets import IconButton, label, push_button

Action = tuple[str, Callable[[], object]]


def notice(
    theme: Theme, icon_name: str, sentence: str, actions: Sequence[Action], close: Callable[[], object]
) -> QFrame:
    """The strip; `close` is called by its cross."""
    strip = QFrame()
    strip.setProperty("kind", "notice")
    line = QHBoxLayout(strip)
    line.setContentsMargins(SPACE_12, SPACE_8, SPACE_8, SPACE_8)
    line.setSpacing(SPACE_8)
    picture = label()
    edge = theme.px(16)
    picture.setPixmap(theme.icon(icon_name, "accent").pixmap(edge, edge))
    line.addWidget(picture)
    line.addWidget(label(sentence, wrap=True, selectable=True), 1)
    for word, run in actions:
        line.addWidget(push_button(word, run))
    cross = IconButton(theme, "close", _("Close this notice"), size=14)
    cross.clicked.connect(lambda: close())
    line.addWidget(cross)
    return strip
