"""Owns the view of how one model stands to each rival and to the suite's limits, and how sure that is."""

from collections.abc import Iterator

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.evaluate.detail import Detail, RivalRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12
from studio.ui.widgets import Column, label, stack


class RivalsView(QScrollArea):
    """A card a rival, then one a limit."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._cards: list[QWidget] = []
        self._detail: Detail | None = None
        self._column = Column(0, SPACE_12)
        self._column.setProperty("kind", "scrolled")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(self._column)

    def show_detail(self, detail: Detail) -> None:
        """Shows a model's rivals and limits; nothing is made anew for the same."""
        if detail is self._detail:
            return
        self._detail = detail
        for card in self._cards:
            self._column.take(card)
            card.deleteLater()
        self._cards = [_card(*words) for words in _words(detail)]
        for place, card in enumerate(self._cards):
            self._column.put(place, card)


def _words(detail: Detail) -> Iterator[tuple[str, str, str]]:
    if not detail.rivals:
        yield _("No rival was measured beside it"), "", _("Rivals are measured with a model; measure it again.")
    for rival in detail.rivals:
        yield _against(rival)
    for kept, sentence in detail.limits:
        yield (_("Limit kept") if kept else _("Limit broken")), ("good" if kept else "error"), sentence


def _against(rival: RivalRow) -> tuple[str, str, str]:
    kind = {True: "good", False: "error", None: "strong"}[rival.better]
    head = _("{word} than {rival}") if rival.better is not None else _("{word} from {rival}")
    told = _("{points} points; right in {one} cases that it has wrong, wrong in {other} that it has right; p {p}")
    return (
        head.format(word=rival.word.capitalize(), rival=rival.about),
        kind,
        told.format(points=rival.gap, one=rival.only_one, other=rival.only_other, p=rival.p),
    )


def _card(head: str, kind: str, text: str) -> QFrame:
    made = QFrame()
    made.setProperty("kind", "card")
    inside = QVBoxLayout(made)
    inside.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
    inside.addLayout(
        stack(label(head, kind, wrap=True), label(text, "muted", wrap=True, selectable=True), spacing=SPACE_4)
    )
    return made
