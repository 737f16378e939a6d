"""Owns the right side of the Write tab: which panel about the scenario is shown, and giving each what it shows."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from studio.language import _
from studio.scenario import Edit, Scenario, parse
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import rule, segment
from studio.ui.write.outline import Outline
from studio.ui.write.page import Page
from studio.ui.write.party_form import PartyForm
from studio.ui.write.preview import Preview
from studio.ui.write.tokens_panel import TokensPanel

_SYSTEM_ENDS = "</SYSTEM>"


class PageSheets:
    """The text of a page as the party's form sees it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def scenario(self) -> Scenario | None:
        """What the text says now; None where it cannot be edited."""
        editor, parsed = self._page.editor, self._page.parsed
        if editor.isReadOnly() or editor.filling:
            return None
        text = editor.text()
        if parsed is not None and parsed.scenario.text == text:
            return parsed.scenario
        head, mark, _rest = text.partition(_SYSTEM_ENDS)  # the sheets stand in SYSTEM: the play behind it costs nothing
        for part in (head + mark, text):
            scenario = parse(part, path=self._page.document.path, tools=self._page.game.tools).scenario
            if scenario.system is not None and scenario.system.span.end == len(head + mark):
                break
        return scenario

    def apply(self, edits: Sequence[Edit]) -> object:
        """Makes edits as one step of the editor's own undo."""
        return self._page.editor.apply(edits)

    def undo(self, steps: int) -> None:
        """The editor's own undo and redo."""
        if steps > 0:
            self._page.editor.undo()
        else:
            self._page.editor.redo()


class About(QWidget):
    """Preview, Party, Tokens and Outline of one page. `chosen` carries the span to go to in the text."""

    chosen = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._page: Page | None = None
        self._stale: set[str] = set()
        self.preview = Preview(context.theme)
        self.party = PartyForm(context.theme)
        self.tokens = TokensPanel(context)
        self.outline = Outline(context.theme)
        self._panels: dict[str, QWidget] = {
            "preview": self.preview,
            "party": self.party,
            "tokens": self.tokens,
            "outline": self.outline,
        }
        self.words: dict[str, QToolButton] = {
            "preview": segment(_("Preview")),
            "party": segment(_("Party")),
            "tokens": segment(_("Tokens")),
            "outline": segment(_("Outline")),
        }
        self._stack = QStackedWidget()
        self.setMinimumWidth(240)
        self._lay_out()
        self.outline.chosen.connect(self.chosen)
        self.tokens.chosen.connect(self.chosen)

    def _lay_out(self) -> None:
        head = QWidget()
        head.setProperty("kind", "header")
        together = QButtonGroup(self)
        line = QHBoxLayout(head)
        line.setContentsMargins(SPACE_8, SPACE_4, SPACE_8, SPACE_4)
        line.setSpacing(SPACE_4)
        for name, button in self.words.items():
            together.addButton(button)
            line.addWidget(button)
            self._stack.addWidget(self._panels[name])
            button.clicked.connect(lambda _checked=False, name=name: self.turn_to(name))
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(rule())
        layout.addWidget(self._stack, 1)
        kept = self._context.settings.text("write.panel", "preview")
        self.turn_to(kept if kept in self._panels else "preview")

    @property
    def shown(self) -> str:
        """Which panel is in front."""
        return next(name for name, panel in self._panels.items() if panel is self._stack.currentWidget())

    @Slot(str)
    def turn_to(self, name: str) -> None:
        """Shows a panel; what changed meanwhile is shown in it first."""
        self._stack.setCurrentWidget(self._panels[name])
        self.words[name].setChecked(True)
        self._context.settings.set("write.panel", name)
        if name in self._stale:
            self._show(name)
        if name == "tokens":
            self.tokens.look()

    def show_page(self, page: Page | None) -> None:
        """Shows what a page says now; panels that are not in front wait until they are."""
        another = page is not self._page
        self._page = page
        if another:
            self.party.attach(PageSheets(page) if page is not None else None)
        if page is not None:
            self.party.use(page.game.words)
        self._stale = set(self._panels)
        self._show(self.shown)
        self._stale.discard("tokens")
        self.tokens.show_scenario(self._scenario, now=another)

    @property
    def _scenario(self) -> Scenario | None:
        parsed = self._page.parsed if self._page is not None else None
        return parsed.scenario if parsed is not None else None

    def _show(self, name: str) -> None:
        self._stale.discard(name)
        if name == "preview":
            words = self._page.game.words if self._page is not None else None
            self.preview.show_scenario(self._scenario, words)
        elif name == "outline":
            self.outline.show_scenario(self._scenario)
        elif name == "party":
            self.party.follow(self._scenario)

    def close(self) -> bool:
        """Ends the working thread."""
        self.tokens.close()
        return super().close()
