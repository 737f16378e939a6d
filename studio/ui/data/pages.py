"""Owns the middle of the Data tab: the examples, the reports, and what stands there before there is anything."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from studio.language import _
from studio.ui.data.report import Report
from studio.ui.theme.theme import Theme
from studio.ui.widgets import EmptyPlace

if TYPE_CHECKING:
    from studio.ui.data.deeds import Deeds
    from studio.ui.data.examples import Examples
    from studio.ui.data.shelf import DataSet


class Pages(QStackedWidget):
    """One page at a time; `reports` are those that are no table of examples, by name."""

    def __init__(self, theme: Theme, examples: "Examples", deeds: "Deeds", lead: Callable[[object], object]) -> None:
        super().__init__()
        self.examples = examples
        self.reports = _reports(theme, deeds)
        self.none = EmptyPlace(
            theme, "data", _("No data set yet"),
            _("A data set says what a model learns from: your scenarios, and if you like chats, play and corrections."),
            _("Make one of the scenarios"), deeds.begin,
        )  # fmt: skip
        self.broken = EmptyPlace(theme, "error", _("The description has mistakes"), "")
        for page in (self.none, self.broken, examples, *self.reports.values()):
            self.addWidget(page)
        for report in self.reports.values():
            report.led.connect(lead)

    @property
    def name(self) -> str:
        """Which page is shown."""
        return next((name for name, page in self.reports.items() if page is self.currentWidget()), "examples")

    @property
    def drawn(self) -> bool:
        """Whether all that is shown is there."""
        return self.examples.drawn and all(report.drawn for report in self.reports.values())

    def show_page(self, name: str, data: "DataSet | None") -> None:
        """Shows the examples or a report; in their place what is wrong, where a data set is not there or not sound."""
        page: QWidget = self.reports.get(name, self.examples)
        if data is None:
            page = self.none
        elif data.description is None:
            self.broken.say(_("The description has mistakes"), data.mistake)
            page = self.broken
        self.setCurrentWidget(page)
        button = page.findChild(QPushButton) if page is self.none else None
        if button is not None and self.isVisible():
            button.setFocus()


def _reports(theme: Theme, deeds: "Deeds") -> dict[str, Report]:
    return {
        "problems": Report(theme, _("What was left out"), EmptyPlace(
            theme, "success", _("Nothing was left out"),
            _("Scenarios with errors, lines that cannot be read and rows without an answer are listed here."),
        )),
        "audit": Report(theme, _("The audit"), EmptyPlace(
            theme, "audit", _("Not looked through yet"),
            _("The audit says which examples should not be learnt, and why."), _("Audit"), deeds.examine,
        )),
        "builds": Report(theme, _("Builds"), EmptyPlace(
            theme, "build", _("No build yet"),
            _("A build is a data set to train on: what was kept, with weights and a part to measure with."),
            _("Build"), deeds.build,
        )),
    }  # fmt: skip
