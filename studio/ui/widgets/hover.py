"""Owns how the glossary is shown on hover over a word or a field. Knows no term."""

from PySide6.QtWidgets import QWidget

from studio.glossary import Term, of_label, of_setting


def of_word(label: str) -> str:
    """What stands on hover over a word on screen; nothing where it is no technical one."""
    return _shown(of_label(label))


def of_field(setting: str) -> str:
    """What stands on hover over the field of a setting of a training (`lora.rank`)."""
    return _shown(of_setting(setting))


def explain(widget: QWidget, label: str) -> None:
    """Puts what the glossary says of a word on hover over a widget."""
    widget.setToolTip(of_word(label))


def _shown(term: Term | None) -> str:
    return "" if term is None else term.says
