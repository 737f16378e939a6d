"""Small parts that every tab uses: buttons with icons, labels, empty places, fold-away panels."""

from studio.ui.widgets.basic import IconButton, label, number, push_button, row, rule, segment, stack
from studio.ui.widgets.choice import Choice
from studio.ui.widgets.column import Column
from studio.ui.widgets.empty import EmptyPlace
from studio.ui.widgets.rows import Index, RowPainter
from studio.ui.widgets.sides import Sides
from studio.ui.widgets.table import TableRows

__all__ = [
    "Choice",
    "Column",
    "EmptyPlace",
    "IconButton",
    "Index",
    "RowPainter",
    "Sides",
    "TableRows",
    "label",
    "number",
    "push_button",
    "row",
    "rule",
    "segment",
    "stack",
]
