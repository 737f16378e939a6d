"""Owns the box of which one entry is chosen: what lacks room is cut where one sees it, and whole on hover."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent, QPalette
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip


class Choice(QComboBox):
    """A combo box. Its words are cut in the middle, since names and numbers differ at their ends."""

    def shown(self) -> str:
        """What of the words stands in the box."""
        return self._cut(self._option())

    def _words(self) -> str:
        return self.currentText() if self.currentIndex() >= 0 else self.placeholderText()

    def _option(self) -> QStyleOptionComboBox:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        if self.currentIndex() < 0:
            option.palette.setBrush(QPalette.ColorRole.ButtonText, option.palette.placeholderText())
        return option

    def _cut(self, option: QStyleOptionComboBox) -> str:
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        icon = 0 if option.currentIcon.isNull() else option.iconSize.width() + 4  # as the style draws it
        return self.fontMetrics().elidedText(self._words(), Qt.TextElideMode.ElideMiddle, field.width() - 2 - icon)

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Draws the box; Qt would break the words off at its edge."""
        option = self._option()
        option.currentText = self._cut(option)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def event(self, event: QEvent) -> bool:  # Qt's name
        """Says on hover what had no room, above what the box says else."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.hover():
            QToolTip.showText(event.globalPos(), self.hover(), self)
            return True
        return super().event(event)

    def hover(self) -> str:
        """What stands on hover."""
        cut = self._words() if self.shown() != self._words() else ""
        return "\n".join(filter(None, (cut, self.toolTip())))

    def showPopup(self) -> None:  # Qt's name
        """The list is as wide as its longest entry."""
        view = self.view()
        wanted = view.sizeHintForColumn(0) + 2 * view.frameWidth() + view.verticalScrollBar().sizeHint().width()
        view.setMinimumWidth(max(view.minimumWidth(), wanted))
        super().showPopup()
