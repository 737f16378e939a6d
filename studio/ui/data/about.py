"""Owns the right side of the Data tab: the balance, what is missing, and the drafts that wait."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.data.balance import Balance
from studio.ui.data.drafts_view import DraftsView
from studio.ui.data.missing import Missing
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import EmptyPlace, row, rule, segment

if TYPE_CHECKING:
    from studio.dataset.drafts import Kept
    from studio.dataset.examination import Examination


class AboutData(QWidget):
    """Three panels, one at a time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setMinimumWidth(theme.px(240))
        self.balance = Balance(theme)
        self.missing = Missing(theme)
        self.drafts = DraftsView(theme)
        self._empty = EmptyPlace(
            theme, "balance", _("Nothing counted yet"), _("How often each tool, skill and outcome occurs stands here.")
        )
        self.words = {
            "balance": segment(_("Balance")),
            "missing": segment(_("Missing")),
            "drafts": segment(_("Drafts")),
        }
        panels: dict[str, QWidget] = {"balance": self._bars(), "missing": self.missing, "drafts": self.drafts}
        self._stack = QStackedWidget()
        together = QButtonGroup(self)
        for name, button in self.words.items():
            together.addButton(button)
            self._stack.addWidget(panels[name])
            button.clicked.connect(lambda _checked=False, name=name: self._stack.setCurrentWidget(panels[name]))
        self._panels = panels
        self._lacking: tuple[str, str] | None = None
        self.words["balance"].setChecked(True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row(*self.words.values(), None, spacing=SPACE_4, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4)))
        whole.addWidget(rule())
        whole.addWidget(self._stack, 1)

    def _bars(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.balance, self._empty):
            column.addWidget(part)
        return page

    def show_drafts(self, drafts: "Sequence[Kept]") -> None:
        """Shows the drafts that wait, and how many they are."""
        self.drafts.show_drafts(drafts)
        word = _("Drafts")
        self.words["drafts"].setText(f"{word} {len(drafts)}" if drafts else word)

    def show_lacking(self, what: str, value: str) -> None:
        """Opens the list of what is missing at what adds a value; the balance at its bar where nothing does."""
        self._lacking = None if self.balance.bars else (what, value)  # else it is shown once it is counted
        name = "missing" if self.missing.choose(what, value) else "balance"
        self.words[name].setChecked(True)
        self._stack.setCurrentWidget(self._panels[name])
        self.balance.choose(what, value)

    def show_examination(self, seen: "Examination | None") -> None:
        """Shows what was counted of a data set."""
        self.balance.setVisible(seen is not None)
        self._empty.setVisible(seen is None)
        self.balance.show_counts(seen.counts if seen is not None else {}, seen.targets if seen is not None else {})
        self.missing.show_gaps(seen.missing if seen is not None else (), seen.short if seen is not None else ())
        if seen is not None and self._lacking is not None:
            self.show_lacking(*self._lacking)
