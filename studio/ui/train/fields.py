"""Owns how a field for a whole number is made, so that its text stands where that of other fields stands."""

from PySide6.QtWidgets import QSpinBox

from studio.ui.theme.tokens import SPACE_8


def number_field(name: str, least: int, most: int) -> QSpinBox:
    """A field for a whole number, named for screen readers."""
    field = QSpinBox()
    field.setRange(least, most)
    field.setAccessibleName(name)
    field.lineEdit().setTextMargins(SPACE_8, 0, 0, 0)
    return field
