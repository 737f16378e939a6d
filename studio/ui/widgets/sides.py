"""Owns the three columns of a tab (left, centre, right), how they fold and that their widths are remembered."""

import json

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from studio.workspace import Settings


class Sides(QSplitter):
    """A splitter whose outer panels fold away and come back as wide as they were."""

    def __init__(self, settings: Settings, name: str, left: QWidget, centre: QWidget, right: QWidget | None) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._settings = settings
        self._name = f"sides.{name}"
        self._folding = {"left": left} | ({"right": right} if right is not None else {})
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for widget in (left, centre, right):
            if widget is not None:
                self.addWidget(widget)
        self.setStretchFactor(1, 1)
        self._restore()
        self.splitterMoved.connect(self._remember)

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

    def _restore(self) -> None:
        try:
            kept = json.loads(self._settings.text(self._name, "{}"))
            sizes = [int(size) for size in kept["sizes"]]
            folded = [side for side in kept["folded"] if side in self._folding]
        except (ValueError, KeyError, TypeError):
            return
        if len(sizes) == self.count() and all(size > 0 for size in sizes):
            self.setSizes(sizes)
        for side in folded:
            self._folding[side].setHidden(True)

    @Slot()
    def _remember(self) -> None:
        folded = [side for side in self._folding if self.folded(side)]
        sizes = self.sizes()
        if all(sizes):
            self._sizes = sizes
        kept = {"sizes": getattr(self, "_sizes", sizes), "folded": folded}
        self._settings.set(self._name, json.dumps(kept))
