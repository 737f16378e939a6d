"""Owns the three columns of a tab (left, centre, right), how they fold and that their widths are remembered."""

import json
from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from studio.workspace import Settings


def _left_share(whole: int) -> int:
    return max(220, min(360, whole // 5))


def _right_share(whole: int) -> int:
    return max(280, min(860, whole * 33 // 100))


class Sides(QSplitter):
    """A splitter whose outer panels fold away and come back as wide as they were."""

    def __init__(self, settings: Settings, name: str, left: QWidget, centre: QWidget, right: QWidget | None) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._settings = settings
        self._name = f"sides.{name}"
        self._sizes: list[int] = []
        self._given = False
        self._folding = {"left": left} | ({"right": right} if right is not None else {})
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for widget in (left, centre, right):
            if widget is not None:
                self.addWidget(widget)
        self.setStretchFactor(1, 1)
        self._chosen = self._restore()
        self.splitterMoved.connect(self._moved)

    def folded(self, side: str) -> bool:
        """Whether `left` or `right` is folded away."""
        return self._folding[side].isHidden()

    def fold(self, side: str, away: bool) -> None:
        """Folds `left` or `right` away, or brings it back."""
        self._folding[side].setHidden(away)
        self._remember()

    def toggle(self, side: str) -> None:
        """Folds a side that is shown, and shows one that is folded."""
        self.fold(side, not self.folded(side))

    def setSizes(self, sizes: Sequence[int]) -> None:
        """Gives the widths to begin with; the centre then takes what a wider window has to give."""
        self._given = True
        if not self._chosen:
            super().setSizes(sizes)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shares the width out until the user has chosen the widths."""
        super().resizeEvent(event)
        if not (self._chosen or self._given) and event.size().width() != event.oldSize().width():
            whole = event.size().width()
            left, right = (share(whole) for share in (_left_share, _right_share))
            right = right if self.count() > 2 else 0
            super().setSizes([left, whole - left - right, right][: self.count()])

    @Slot()
    def _moved(self) -> None:
        self._chosen = True
        self._remember()

    def _restore(self) -> bool:
        try:
            kept = json.loads(self._settings.text(self._name, "{}"))
            sizes = [int(size) for size in kept["sizes"]]
            folded = [side for side in kept["folded"] if side in self._folding]
        except (ValueError, KeyError, TypeError):
            return False
        if len(sizes) == self.count() and all(size > 0 for size in sizes):
            super().setSizes(sizes)
        for side in folded:
            self._folding[side].setHidden(True)
        return bool(kept["sizes"])

    def _remember(self) -> None:
        folded = [side for side in self._folding if self.folded(side)]
        sizes = self.sizes()
        if all(sizes):
            self._sizes = sizes
        kept = {"sizes": self._sizes if self._chosen else [], "folded": folded}
        self._settings.set(self._name, json.dumps(kept))
