"""Owns which appearance is on (dark, light, the system's) and at which zoom, and lays it on the application."""

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from studio.ui.theme import fonts, icons, tokens
from studio.ui.theme.sheet import style_sheet
from studio.ui.theme.tokens import DARK, LIGHT, ZOOMS, Colours


class Appearance(StrEnum):
    """What the user chose; `SYSTEM` is dark where the desktop does not say."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class Theme(QObject):
    """The look of the application; `changed` is emitted after it was laid on."""

    changed = Signal()

    def __init__(self, appearance: Appearance = Appearance.SYSTEM, zoom: float = 1.0) -> None:
        super().__init__()
        self._appearance = appearance
        self._zoom = zoom
        self.system_faces = False
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def appearance(self) -> Appearance:
        """What the user chose."""
        return self._appearance

    @property
    def dark(self) -> bool:
        """Whether the dark colours are on now."""
        if self._appearance is Appearance.SYSTEM:
            return QGuiApplication.styleHints().colorScheme() != Qt.ColorScheme.Light
        return self._appearance is Appearance.DARK

    @property
    def colours(self) -> Colours:
        """The colours that are on now."""
        return DARK if self.dark else LIGHT

    @property
    def zoom(self) -> float:
        """The factor on every measure."""
        return self._zoom

    def px(self, measure: int) -> int:
        """A measure of the tokens at the present zoom."""
        return round(measure * self._zoom)

    def colour(self, name: str) -> QColor:
        """A colour by its token's name."""
        return QColor(getattr(self.colours, name))

    def tint(self, name: str, share: float, under: str = "base") -> QColor:
        """`share` of a token's colour laid on another's."""
        return QColor(tokens.mixed(getattr(self.colours, name), getattr(self.colours, under), share))

    def text_font(self, measure: int = tokens.SIZE_BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The face for sentences at the present zoom."""
        return fonts.text_font(self.px(measure), weight=weight, system=self.system_faces)

    def mono_font(self, measure: int = tokens.SIZE_BODY) -> QFont:
        """The face for scenario text at the present zoom."""
        return fonts.mono_font(self.px(measure), system=self.system_faces)

    def icon(self, name: str, colour: str = "secondary") -> QIcon:
        """An icon of the table in `icons`, in a token's colour."""
        return icons.icon(name, self.colours, colour)

    def choose(self, appearance: Appearance) -> None:
        """Turns to another appearance at once."""
        self._appearance = appearance
        self.apply()

    def toggle(self) -> None:
        """Turns from dark to light or back."""
        self.choose(Appearance.LIGHT if self.dark else Appearance.DARK)

    def zoom_by(self, steps: int) -> None:
        """Goes that many steps along the zooms."""
        nearest = min(range(len(ZOOMS)), key=lambda index: abs(ZOOMS[index] - self._zoom))
        self.set_zoom(ZOOMS[max(0, min(len(ZOOMS) - 1, nearest + steps))])

    def set_zoom(self, zoom: float) -> None:
        """Goes to a zoom at once."""
        self._zoom = max(ZOOMS[0], min(ZOOMS[-1], zoom))
        self.apply()

    def apply(self) -> None:
        """Lays palette, font and style sheet on the application."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setStyle("Fusion")
        application.setPalette(palette(self.colours))
        application.setFont(self.text_font())
        application.setStyleSheet(style_sheet(self.colours, self._zoom))
        self.changed.emit()

    @Slot()
    def _system_changed(self) -> None:
        if self._appearance is Appearance.SYSTEM:
            self.apply()


def palette(colours: Colours) -> QPalette:
    """The palette for Fusion in these colours."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    table = {
        role.Window: colours.panel,
        role.WindowText: colours.text,
        role.Base: colours.base,
        role.AlternateBase: colours.panel,
        role.Text: colours.text,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.BrightText: colours.text,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Highlight: tokens.mixed(colours.accent, colours.base, 0.32),
        role.HighlightedText: colours.text,
        role.Link: colours.user,
        role.LinkVisited: colours.system,
        role.Light: colours.raised,
        role.Midlight: colours.line,
        role.Mid: colours.line_strong,
        role.Dark: colours.line,
        role.Shadow: colours.ground,
        role.Accent: colours.accent,
    }
    result = QPalette()
    for part, colour in table.items():
        result.setColor(part, QColor(colour))
    for part in (role.Text, role.WindowText, role.ButtonText):
        result.setColor(group.Disabled, part, QColor(colours.line_strong))
    return result
