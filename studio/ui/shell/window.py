"""Owns the window: rail, tabs, drawer, status bar, and what holds for all tabs; knows no tab's inside."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.context import Context
from studio.ui.jobs import Job, JobState
from studio.ui.notify import Notifier
from studio.ui.problems import Problem, Scope
from studio.ui.shell import window_commands
from studio.ui.shell.actions import Actions
from studio.ui.shell.drawer import Drawer
from studio.ui.shell.leaving import Leaving
from studio.ui.shell.palette import CommandPalette
from studio.ui.shell.rail import Rail
from studio.ui.shell.status_bar import StatusBar
from studio.ui.shell.toasts import ToastStack
from studio.ui.shell.waiting import WaitingPage
from studio.ui.storage.page import StoragePage
from studio.ui.tabs import Tab
from studio.ui.theme.icons import window_icon
from studio.ui.widgets import rule


class Window(QWidget):
    """The studio's one window. `layout_file` is the ini file in which its geometry is kept."""

    def __init__(self, context: Context, tabs: dict[str, Tab], layout_file: Path) -> None:
        super().__init__()
        self.context = context
        self.tabs = tabs
        self.current = ""
        self._kept = QSettings(str(layout_file), QSettings.Format.IniFormat)
        self.leaving = Leaving(self, context, tabs)
        self.rail = Rail(context.theme)
        self.stack = QStackedWidget()
        self.drawer = Drawer(context)
        self.status_bar = StatusBar(context.theme, context.status)
        self.actions_ = Actions(self)
        self.palette_ = CommandPalette(context.theme, self)
        self.toasts = ToastStack(context.theme, self, self.drawer)
        self.notifier = Notifier(self)
        self.storage: StoragePage | None = None
        self._pages: dict[str, QStackedWidget] = {}
        self.setWindowIcon(window_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(900, 560)
        self._lay_out()
        self._add_tabs()
        self._connect()
        self._restore()

    def _lay_out(self) -> None:
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.stack)
        self.split.addWidget(self.drawer)
        self.split.setStretchFactor(0, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(rule(vertical=True))
        middle.addWidget(self.split, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(middle, 1)
        whole.addWidget(rule())
        whole.addWidget(self.status_bar)

    def _add_tabs(self) -> None:
        self.actions_.add("", window_commands.commands(self))
        for number, (name, tab) in enumerate(self.tabs.items(), start=1):
            self.rail.add_tab(name, tab.icon_name, tab.title, f"Ctrl+{number}")
            page = QStackedWidget()
            page.addWidget(self._framed(tab))
            page.addWidget(WaitingPage(self.context.theme, tab.title, self.context.parts, tab.waits_for))
            self._pages[name] = page
            self.stack.addWidget(page)
            self.actions_.add(name, tab.commands())
        window_commands.add_foot(self)
        self._check_parts()

    @staticmethod
    def _framed(tab: Tab) -> QWidget:
        bar = tab.toolbar()
        framed = QWidget()
        layout = QVBoxLayout(framed)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        if bar is not None:
            bar.setProperty("kind", "toolbar")
            bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            layout.addWidget(bar)
        layout.addWidget(tab, 1)
        return framed

    def _connect(self) -> None:
        context = self.context
        self.rail.chosen.connect(self.go_to)
        context.wanted.connect(self.go_to)
        context.toasted.connect(self.toasts.add)
        context.path_opened.connect(self.open_path)
        context.drawer_wanted.connect(self.show_drawer)
        context.parts.changed.connect(self._check_parts)
        context.jobs.ended.connect(self._job_ended)
        self.drawer.closed.connect(lambda: self.drawer.hide())
        self.status_bar.drawer_wanted.connect(lambda: self.toggle_drawer(self.drawer.page))
        self.drawer.problems.chosen.connect(self._go_to_problem)
        context.storage_wanted.connect(self.open_storage)
        context.problem_wanted.connect(self._go_to_problem)

    @Slot(str)
    def go_to(self, name: str) -> None:
        """Shows a tab."""
        if name not in self.tabs:
            return
        self.current = name
        self.stack.setCurrentWidget(self._pages[name])
        self.rail.choose(name)
        self.actions_.choose(name)
        self.tabs[name].entered()

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Opens a file in the tab that takes its kind, or says that none does."""
        for name, tab in self.tabs.items():
            if path.suffix.lower() in tab.opens:
                self.go_to(name)
                tab.open_path(path)
                return
        known = ", ".join(sorted(suffix for tab in self.tabs.values() for suffix in tab.opens))
        self.context.toast(
            _("{file} is of no kind that opens here ({known}).").format(file=path.name, known=known), "warning"
        )

    @Slot(str)
    def show_drawer(self, page: str) -> None:
        """Opens the drawer on a page."""
        self.drawer.show()
        self.drawer.show_page(page)

    def toggle_drawer(self, page: str) -> None:
        """Opens the drawer on a page, or closes it where that page is shown."""
        if self.drawer.isVisible() and self.drawer.page == page:
            self.drawer.hide()
        else:
            self.show_drawer(page)

    def open_palette(self) -> None:
        """Opens the command palette."""
        self.palette_.open(self.actions_.commands())

    @Slot()
    def open_storage(self) -> None:
        """Opens the page of what takes room on disk."""
        if self.storage is None:
            self.storage = StoragePage(self.context, self)
        self.storage.open()

    @Slot(object)
    def _go_to_problem(self, problem: Problem) -> None:
        self.open_path(problem.path)
        tab = self.tabs[self.current]
        show = getattr(tab, "show_problem", None)
        if show is not None:
            show(problem)

    @Slot(object)
    def _job_ended(self, job: Job) -> None:
        sentence, kind = {
            JobState.DONE: (_("{job} is done."), "success"),
            JobState.FAILED: (_("{job} failed. {detail}"), "error"),
        }.get(job.state, (_("{job} was cancelled."), "info"))
        text = sentence.format(job=job.title, detail=job.detail).strip()
        self.context.toast(text, kind, _("Show") if job.show is not None else "", job.show)
        if job.state is not JobState.CANCELLED:  # who cancelled it knows
            self.notifier.tell(job.title, text)

    @Slot()
    def _check_parts(self) -> None:
        for name, page in self._pages.items():
            page.setCurrentIndex(1 if self.context.parts.waiting(self.tabs[name].waits_for) else 0)

    def show_scope(self, scope: Scope) -> None:
        """Lists the problems of the current file, or of the workspace."""
        self.drawer.scope_chosen.emit(scope)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Opens what was dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self._drop(Path(url.toLocalFile()))

    def _drop(self, path: Path) -> None:
        """Gives it to the tab that is shown, else to one that knows what it is, else by its ending."""
        if self.tabs[self.current].drop(path, here=True):
            return
        name = next((name for name, tab in self.tabs.items() if tab.drop(path, here=False)), None)
        if name is not None:
            self.go_to(name)
        else:
            self.open_path(path)

    def _restore(self) -> None:
        geometry, split = self._kept.value("geometry"), self._kept.value("split")
        if isinstance(geometry, QByteArray) and self.restoreGeometry(geometry):
            if isinstance(split, QByteArray):
                self.split.restoreState(split)
            self.drawer.setVisible(self._kept.value("drawer", "true") == "true")
            self.drawer.show_page(str(self._kept.value("page", "problems")))
        else:
            self.resize(1280, 800)
            self.split.setSizes([600, 190])
            self.drawer.hide()
        wanted = str(self._kept.value("tab", ""))
        first = "home" if "home" in self.tabs else next(iter(self.tabs), "")
        self.go_to(wanted if wanted in self.tabs else first)

    def _remember(self) -> None:
        self._kept.setValue("geometry", self.saveGeometry())
        self._kept.setValue("split", self.split.saveState())
        self._kept.setValue("drawer", "true" if self.drawer.isVisible() else "false")
        self._kept.setValue("page", self.drawer.page)
        self._kept.setValue("tab", self.current)
        self._kept.sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks about unsaved texts and jobs under way, then lets go of everything."""
        if not self.leaving.may_close():
            event.ignore()
            return
        self._remember()
        for tab in self.tabs.values():
            tab.closing()
        event.accept()
