"""Owns the drawer at the window's foot with Problems, Jobs and Log; knows not what is in them."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.context import Context
from studio.ui.problems import Scope
from studio.ui.shell.jobs_panel import JobsPanel
from studio.ui.shell.log import LogPanel
from studio.ui.shell.problems_panel import ProblemsPanel
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton, rule, segment


class Drawer(QWidget):
    """Three pages of which one is shown; `scope_chosen` carries which problems are wanted."""

    scope_chosen = Signal(object)
    closed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.problems = ProblemsPanel(context.theme, context.problems)
        self.jobs = JobsPanel(context.theme, context.jobs)
        self.log = LogPanel(context.theme)
        self._pages = QStackedWidget()
        self._words = {"problems": segment(_("Problems")), "jobs": segment(_("Jobs")), "log": segment(_("Log"))}
        self._scopes = {Scope.FILE: segment(_("This file")), Scope.WORKSPACE: segment(_("Workspace"))}
        self.setProperty("kind", "base")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for page in (self.problems, self.jobs, self.log):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head())
        layout.addWidget(rule())
        layout.addWidget(self._pages, 1)
        self._connect()
        self.show_page("problems")
        self._count()

    def _head(self) -> QWidget:
        head = QWidget()
        head.setProperty("kind", "header")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(head)
        line.setContentsMargins(SPACE_8, SPACE_4, SPACE_8, SPACE_4)
        line.setSpacing(SPACE_4)
        for buttons in (list(self._words.values()), list(self._scopes.values())):
            together = QButtonGroup(self)
            for button in buttons:
                together.addButton(button)
                line.addWidget(button)
            if line.count() == len(self._words):
                line.addStretch(1)
        self._scopes[Scope.WORKSPACE].setChecked(True)
        self._tidy = IconButton(self._context.theme, "trash", _("Clear the jobs that ended"))
        close = IconButton(self._context.theme, "close", _("Close the drawer"))
        close.clicked.connect(self.closed)
        self._tidy.clicked.connect(self._context.jobs.clear_ended)
        line.addWidget(self._tidy)
        line.addWidget(close)
        return head

    def _connect(self) -> None:
        for name, button in self._words.items():
            button.clicked.connect(lambda _checked=False, name=name: self.show_page(name))
        for scope, button in self._scopes.items():
            button.clicked.connect(lambda _checked=False, scope=scope: self.scope_chosen.emit(scope))
        self._context.problems.counted.connect(self._count)
        self._context.jobs.moved.connect(self._count)

    def show_page(self, name: str) -> None:
        """Shows `problems`, `jobs` or `log`."""
        self._pages.setCurrentIndex(list(self._words).index(name))
        self._words[name].setChecked(True)
        for button in self._scopes.values():
            button.setVisible(name == "problems")
        self._tidy.setVisible(name == "jobs")

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return list(self._words)[self._pages.currentIndex()]

    @Slot()
    def _count(self) -> None:
        problems = self._context.problems
        total = sum(problems.count(severity) for severity in ("error", "warning", "hint"))
        running = len(self._context.jobs.running)
        self._words["problems"].setText(f"{_('Problems')}  {total}" if total else _("Problems"))
        self._words["jobs"].setText(f"{_('Jobs')}  {running}" if running else _("Jobs"))
