"""Owns the Write tab: the tree, the open scenarios, what is shown about them; knows no check and no grammar."""

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QFileSystemWatcher, QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario import Span
from studio.scenario.cards import load_card
from studio.scenario.game import RULES_FILE, TOOLS_FILE, Game
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.phrases import problems as problem_words
from studio.ui.problems import Problem, Scope
from studio.ui.status import Note, Place
from studio.ui.tabs import Tab
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import EmptyPlace, IconButton, Sides, label, row
from studio.ui.write import card_commands, write_commands
from studio.ui.write.about import About
from studio.ui.write.filing import Filer
from studio.ui.write.new_scenario import NewScenario
from studio.ui.write.page import Page
from studio.ui.write.pages import Pages
from studio.ui.write.play_on import play_on
from studio.ui.write.problem_rows import problems_of
from studio.ui.write.spelling import Spelling
from studio.ui.write.surveyor import Surveyor
from studio.ui.write.token_counts import Counted
from studio.ui.write.tools_form import ToolsForm
from studio.ui.write.tree import ScenarioTree
from studio.ui.write.unusable import Unusable
from studio.workspace import Surveyed
from studio.workspace.folder import MARKER
from studio.workspace.selections import checks_of
from studio.workspace.survey import summary

_TABLES = {TOOLS_FILE: "tools", RULES_FILE: "rules"}


class WriteTab(Tab):
    """Scenarios: which there are, the one at hand, how it plays."""

    title: ClassVar[str] = _("Write")
    icon_name: ClassVar[str] = "write"
    opens: ClassVar[tuple[str, ...]] = (".md", ".yaml", ".png")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        theme = context.theme
        self.tree = ScenarioTree(theme)
        empty = EmptyPlace(
            theme,
            "write",
            _("Pick a scenario to write on"),
            _("Choose one at the left, or begin a new one. What you write is checked while you type."),
            _("New scenario"),
            self.new_scenario,
        )
        self.pages = Pages(context, empty)
        self.about = About(context)
        self.preview, self.outline, self.words = self.about.preview, self.about.outline, self.about.words
        self.surveyor = Surveyor(context.workspace)
        self.filer = Filer(context, self.tree, self.pages, self.surveyor.start)
        self.spelling = Spelling(context)
        self._new: NewScenario | None = None
        self._game_form: ToolsForm | None = None
        self._unusable = Unusable(context)
        self.sides = Sides(context.settings, "write", self.tree, self.pages, self.about)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sides)
        self._watcher = QFileSystemWatcher(self)
        self._rescan = QTimer(self)
        self._rescan.setSingleShot(True)
        self._rescan.setInterval(300)
        self._connect()
        self._count()
        self._read_checks()
        self._watch_game()
        self.surveyor.start()
        self.pages.open_kept()

    def _connect(self) -> None:
        self.tree.chosen.connect(self.open_path)
        self.tree.wanted_new.connect(self.new_scenario)
        self.pages.turned.connect(self._turned)
        self.pages.checked.connect(self._checked)
        self.about.chosen.connect(self._show_span)
        self.about.tokens.totals.connect(self._total)
        self.about.party.export_wanted.connect(self._export)
        self.surveyor.found.connect(self._surveyed)
        self.surveyor.gone.connect(self._gone)
        self._watcher.directoryChanged.connect(self._rescan.start)
        self.context.problems.counted.connect(self._count)
        self._watcher.fileChanged.connect(self._rescan.start)
        self._rescan.timeout.connect(self.surveyor.start)
        self._rescan.timeout.connect(self._look_at_game)
        self.context.workspace_changed.connect(self._another_workspace)
        self.context.game_changed.connect(self._another_game)

    # -- what the shell asks ------------------------------------------------------------------------

    def toolbar(self) -> QWidget:
        """New, save, fix, next problem, find; where the file lies; the panels."""
        theme = self.context.theme
        by_name = {command.name: command for command in self.commands()}
        bar = QWidget()

        def button(name: str, icon_name: str, text: str = "") -> IconButton:
            command = by_name[name]
            words = f"{command.title}  {command.shortcut}".strip()
            made = IconButton(theme, icon_name, words, text=text)
            made.clicked.connect(lambda: command.run())
            return made

        self.where = label("", "muted")
        parts = (
            button("write.new", "add", _("New")),
            button("write.save", "save", _("Save")),
            button("write.find", "search", _("Find")),
            button("write.next-problem", "next", _("Next problem")),
            button("write.fix", "fix", _("Fix")),
            button("write.play", "start", _("Play from here")),
            None,
            self.where,
            SPACE_8,
            button("write.left", "fold-left"),
            button("write.right", "fold-right"),
        )
        bar.setLayout(row(*parts, spacing=SPACE_4, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4)))
        self._name_place()
        return bar

    def commands(self) -> list[Command]:
        """What can be done while writing."""
        return [*write_commands.commands(self), *card_commands.commands(self)]

    def entered(self) -> None:
        """Puts the keys where the work is."""
        page = self.pages.current
        (page.editor if page is not None else self.tree.view).setFocus()

    def open_path(self, path: Path) -> None:
        """Opens a scenario; one that cannot be read is shown empty and locked. A picture is a character card."""
        if path.suffix.lower() == ".png":
            self._open_card(path)
            return
        if path.suffix.lower() == ".yaml":
            self._open_table(path)
            return
        page = self.pages.open(path if path.is_absolute() else path.resolve())
        page.editor.setFocus()

    def _open_card(self, path: Path) -> None:
        def look() -> object:
            try:
                return load_card(path)
            except LorewrightError as error:
                return error

        def take(found: object) -> None:
            if isinstance(found, LorewrightError):
                self.context.toast(str(found), "warning")
            else:
                self.new_from_cards((path,))

        self.pages.files.ask_at_once((self, "card"), look, take)

    def unsaved(self) -> tuple[str, ...]:
        """The scenarios whose edits are neither saved nor kept for the next start."""
        if self.pages.keep_all():
            return ()
        return tuple(page.title for page in self.pages.pages if page.dirty)

    def save_all(self) -> bool:
        """Saves every scenario."""
        return self.pages.save_all()

    def closing(self) -> None:
        """Ends the working threads; unsaved text is kept and asked about at the next start."""
        self.surveyor.close()
        self.about.close()
        if self._new is not None:
            self._new.cards.close()
        self.spelling.close()
        self.pages.close()

    def show_sample(self, run: Path | None) -> None:
        """Opens a scenario of the workspace that has rolls."""
        files = list(self.context.workspace.scenario_files())
        for path in [path for path in files if "tavern" in path.stem] or files:
            self.open_path(path)
            return

    # -- what can be done -----------------------------------------------------------------------------

    def new_scenario(self) -> None:
        """Asks for a title and a type, and opens a new scenario."""
        self._ask_new(NewScenario(self.context, self.window()))

    def new_from_cards(self, paths: tuple[Path, ...] = ()) -> None:
        """Asks for character cards, some perhaps given, and opens a scenario of them."""
        self._ask_new(NewScenario(self.context, self.window(), paths))

    def _ask_new(self, asked: NewScenario) -> None:
        self._new = asked
        asked.made.connect(self._made)
        asked.open()

    def apply_fix(self) -> None:
        """Offers what mends the problem at the caret."""
        page = self.pages.current
        if page is not None:
            page.acts.show_fixes()

    def play_from_here(self) -> None:
        """Opens Play on the text up to the caret."""
        page = self.pages.current
        if page is not None and page.there:
            play_on(self.context, self.pages, page)

    def next_problem(self, steps: int) -> None:
        """Goes to the next problem in this file, or back."""
        page = self.pages.current
        if page is not None and page.editor.next_problem(steps) is None:
            self.context.toast(_("No problems in this file."), "success")

    def show_problem(self, problem: Problem) -> None:
        """Goes to a problem of an open file, once its text is all there."""
        page = self.pages.current
        if page is None or page.document.path != problem.path:
            return
        page.when_there(lambda: page.editor.select(problem.start, problem.end))
        page.editor.setFocus()

    def show_scope(self, scope: Scope) -> None:
        """Lists the problems of the file in front, or of all."""
        page = self.pages.current
        self._scope = scope
        self.context.problems.show(scope, page.document.path if page is not None else None)

    # -- what happens -----------------------------------------------------------------------------------

    @Slot()
    def _another_workspace(self) -> None:
        self._watcher.removePaths(self._watcher.directories() + self._watcher.files())
        self._watch_game()
        self.surveyor.turn_to(self.context.workspace)
        self.filer.turn_to()
        self.pages.open_kept()

    def edit_game(self, page: str = "tools") -> None:
        """The workspace's own tools and rules, in a form."""
        self._game_form = ToolsForm(self.context, self.window())
        self._game_form.words[page].click()
        self._game_form.open()

    def _open_table(self, path: Path) -> None:
        """The workspace's own tables open in their form; others are none of the studio's."""
        pages = {self.context.workspace.root / name: page for name, page in _TABLES.items()}
        if path in pages:
            self.edit_game(pages[path])
        else:
            words = _("{file} is not one of this workspace's own tables: {known} beside {marker}.")
            known = ", ".join(_TABLES)
            self.context.toast(words.format(file=path.name, known=known, marker=MARKER), "warning")

    def _watch_game(self) -> None:
        """Notices when others write the tables; a file that was replaced is watched anew."""
        root = self.context.workspace.root
        places = (str(root), *(str(root / name) for name in (*_TABLES, MARKER) if (root / name).exists()))
        fresh = sorted(set(places) - set(self._watcher.directories()) - set(self._watcher.files()))
        if fresh:
            self._watcher.addPaths(fresh)

    @Slot()
    def _look_at_game(self) -> None:
        self._watch_game()
        root = self.context.workspace.root
        self.pages.files.ask_at_once((self, "game"), lambda: (Game.of(root), checks_of(root)), self._looked)

    def _looked(self, found: object) -> None:
        assert isinstance(found, tuple)
        game, checks = found
        another = self._unusable.take(*checks)
        if game != self.context.game:
            self.context.take_game(game)
        elif another:
            self._another_game()

    def _read_checks(self) -> None:
        """Reads the settings of the checks, and lists what of the workspace's own files cannot be used."""
        root = self.context.workspace.root

        def take(checks: object) -> None:
            assert isinstance(checks, tuple)
            self._unusable.take(*checks)
            self._unusable.say()

        self.pages.files.ask_at_once((self, "checks"), lambda: checks_of(root), take)

    @Slot()
    def _another_game(self) -> None:
        """Everything is read and checked by the tools and rules as they are now."""
        self.pages.use_games()
        self._read_checks()
        self.surveyor.use(self.context.game)

    @Slot(str)
    def _export(self, name: str) -> None:
        card_commands.export(self, name)

    @Slot(object)
    def _made(self, path: Path) -> None:
        self.surveyor.start()
        self.open_path(path)

    @Slot(object)
    def _show_span(self, span: Span) -> None:
        page = self.pages.current
        if page is not None:
            page.editor.select(span.start, span.start)
            page.editor.setFocus()

    @Slot()
    def _turned(self) -> None:
        page = self.pages.current
        if page is not None:
            self.spelling.attend(page.editor)
        self.about.show_page(page)
        self._name_place()
        self.tree.mark(page.document.path if page is not None else None)
        self.show_scope(getattr(self, "_scope", Scope.WORKSPACE))

    def _name_place(self) -> None:
        page = self.pages.current
        path = page.document.path if page is not None else None
        scenarios = self.context.workspace.scenarios
        inside = path is not None and path.is_relative_to(scenarios)
        words = "" if path is None else (" / ".join(path.relative_to(scenarios).parts) if inside else str(path))
        if hasattr(self, "where"):
            self.where.setText(words)
            self.where.setToolTip(str(path or ""))

    @Slot(object)
    def _total(self, counted: Counted | None) -> None:
        """Says under the text how many tokens it has."""
        page = self.pages.current
        if page is not None and counted is not None:
            total = counted.count.total if counted.count is not None else None
            page.footer.say_tokens(total, self.about.tokens.models.currentText())

    @Slot(object)
    def _checked(self, page: Page) -> None:
        if page is self.pages.current:
            self.about.show_page(page)
        if page.parsed is not None and page.document.code is None:
            self.spelling.learn(page.editor, page.parsed.scenario)
            self._take_in([summary(page.document.path, page.parsed, page.diagnostics)])

    @Slot(object)
    def _surveyed(self, entries: list[Surveyed]) -> None:
        read = (page for page in self.pages.pages if page.parsed is not None and page.document.code is None)
        open_ones = {page.document.path for page in read}
        self._take_in([entry for entry in entries if entry.path not in open_ones])
        folders = {str(self.context.workspace.scenarios), *(str(entry.path.parent) for entry in entries)}
        fresh = sorted(folders - set(self._watcher.directories()))
        if fresh:
            self._watcher.addPaths(fresh)

    def _take_in(self, entries: list[Surveyed]) -> None:
        self.tree.show_entries(entries)
        for entry in entries:
            self.context.problems.put(entry.path, problems_of(entry))
        page = self.pages.current
        self.tree.mark(page.document.path if page is not None else None)

    @Slot(object)
    def _gone(self, paths: list[Path]) -> None:
        for path in paths:
            self.tree.forget(path)
            self.context.problems.forget(path)
        self.tree.show_entries([])

    @Slot()
    def _count(self) -> None:
        problems = self.context.problems
        errors, warnings = problems.count("error"), problems.count("warning")
        icon_name = "error" if errors else "warning" if warnings else "success"
        colour = {"error": "error", "warning": "warning", "success": "dm"}[icon_name]
        words = problem_words(errors, warnings)
        why = _("{errors} errors, {warnings} warnings, {hints} hints in this workspace").format(
            errors=errors, warnings=warnings, hints=problems.count("hint")
        )
        note = Note(words, why, icon_name, colour, lambda: self.context.show_drawer("problems"))
        self.context.status.say(Place.PROBLEMS, note)
