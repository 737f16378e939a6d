"""Owns the strip at the window's foot; knows not who says what."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.language import _
from studio.ui.status import Place, Status
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton

_RIGHT = (Place.MEMORY, Place.MODEL, Place.PROCESSOR)


class StatusBar(QWidget):
    """A button for each place that has something to say, and one at the end for the drawer."""

    drawer_wanted = Signal()

    def __init__(self, theme: Theme, status: Status) -> None:
        super().__init__()
        self._theme = theme
        self._status = status
        self._buttons: dict[Place, IconButton] = {}
        self.setProperty("kind", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_8, 0, SPACE_8, 0)
        line.setSpacing(SPACE_4)
        for place in Place:
            if place is _RIGHT[0]:
                line.addStretch(1)
            self._buttons[place] = self._make(place)
            line.addWidget(self._buttons[place])
        drawer = IconButton(
            theme, "fold-bottom", _("Open or close the drawer with problems, jobs and the log"), size=14
        )
        drawer.setProperty("kind", "status")
        drawer.clicked.connect(self.drawer_wanted)
        line.addWidget(drawer)
        status.changed.connect(self._refresh)
        theme.changed.connect(self._resize)
        self._resize()
        for place in Place:
            self._refresh(place.value)

    def text(self, place: Place) -> str:
        """What a place says now."""
        return self._buttons[place].text() if not self._buttons[place].isHidden() else ""

    def _make(self, place: Place) -> IconButton:
        button = IconButton(self._theme, "", place.value, text=" ", size=14)
        button.setProperty("kind", "status")
        button.clicked.connect(lambda: self._run(place))
        button.hide()
        return button

    def _run(self, place: Place) -> None:
        note = self._status.note(place)
        if note is not None and note.run is not None:
            note.run()

    @Slot()
    def _resize(self) -> None:
        self.setFixedHeight(self._theme.px(28))

    @Slot(str)
    def _refresh(self, name: str) -> None:
        place = Place(name)
        note, button = self._status.note(place), self._buttons[place]
        button.setVisible(note is not None)
        if note is None:
            return
        button.setText(note.text)
        button.setToolTip(note.why or note.text)
        button.setAccessibleName(f"{note.text}. {note.why}" if note.why else note.text)
        only_text, both = Qt.ToolButtonStyle.ToolButtonTextOnly, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        button.setToolButtonStyle(both if note.icon_name else only_text)
        if note.icon_name:
            button.show_icon(note.icon_name, note.colour)
        clickable = note.run is not None
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus if clickable else Qt.FocusPolicy.NoFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)
