"""Owns the form for a workspace's own tools and rules; what can stand there is said by the draft behind it."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import LorewrightError
from studio.language import _, plural
from studio.scenario.game import RULES_FILE, TOOLS_FILE
from studio.scenario.own_tools import default_example
from studio.scenario.tools import Tool
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import IconButton, label, push_button, row, rule, segment
from studio.ui.write.rules_fields import RulesFields
from studio.ui.write.tool_fields import ToolFields
from studio.workspace.own_game import GameDraft

_NAME = Qt.ItemDataRole.UserRole
_OWN = Qt.ItemDataRole.UserRole + 1


class ToolsForm(QDialog):
    """Tools at the left, one of them at the right; the rules on a page of their own. `saved` when files changed."""

    saved = Signal()

    def __init__(self, context: Context, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._context = context
        self.draft = GameDraft.read(context.workspace.root)
        self._first = self.draft
        theme = context.theme
        self.setWindowTitle(_("Tools and rules of this workspace"))
        self.list = QListWidget()
        self.list.setAccessibleName(_("Tools"))
        self.list.setFixedWidth(theme.px(220))
        self.beside = QCheckBox(_("Beside Lorewright's own tools"))
        self.beside.setToolTip(_("Off: this game has only the tools that stand in its own list."))
        self.fields = ToolFields(theme)
        self.rules = RulesFields(theme)
        self.words = {"tools": segment(_("Tools")), "rules": segment(_("Rules"))}
        self._pages = QStackedWidget()
        self._notices: dict[str, QWidget] = {}
        self.trouble = label("", "error", wrap=True)
        self._save = push_button(_("Save"), self.save, "primary")
        self._lay_out()
        self._connect()
        self.show_draft()
        self.resize(theme.px(900), theme.px(640))

    # -- how it looks -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        head.setSpacing(SPACE_4)
        for place, (name, button) in enumerate(self.words.items()):
            head.addWidget(button)
            button.clicked.connect(lambda _checked=False, place=place: self._pages.setCurrentIndex(place))
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            self._notices[name] = self._notice(name)
            column.addWidget(self._notices[name])
            column.addWidget(self._tools_page() if name == "tools" else self.rules, 1)
            self._pages.addWidget(page)
        self.words["tools"].setChecked(True)
        head.addStretch(1)
        head.addWidget(label(str(self.draft.folder), "caption"))
        foot = row(
            self.trouble,
            push_button(_("Cancel"), self.reject),
            self._save,
            margins=(SPACE_16, SPACE_8, SPACE_16, SPACE_12),
        )
        foot.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(rule())
        layout.addWidget(self._pages, 1)
        layout.addWidget(rule())
        layout.addLayout(foot)

    def _tools_page(self) -> QWidget:
        page, side = QWidget(), QWidget()
        side.setProperty("kind", "panel")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left = QVBoxLayout(side)
        add = IconButton(self._context.theme, "add", _("A new tool"), text=_("Add"))
        self.remove = IconButton(self._context.theme, "trash", _("Remove this tool from the game"))
        self.restore = push_button("", self._restore, "link")
        add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        left.setContentsMargins(0, 0, 0, SPACE_8)
        left.setSpacing(SPACE_4)
        left.addWidget(self.list, 1)
        left.addWidget(self.restore)
        left.addLayout(row(add, None, self.remove, spacing=SPACE_4, margins=(SPACE_8, 0, SPACE_8, 0)))
        left.addLayout(row(self.beside, margins=(SPACE_8, 0, 0, 0)))
        line = QHBoxLayout(page)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(side)
        line.addWidget(rule(vertical=True))
        line.addWidget(self.fields, 1)
        return page

    def _notice(self, name: str) -> QWidget:
        """The strip over a page whose file could not be read."""
        strip = QWidget()
        strip.setProperty("kind", "panel")
        file = TOOLS_FILE if name == "tools" else RULES_FILE
        text = label("", "warning", wrap=True)
        text.setObjectName("why")
        line = row(
            text,
            push_button(_("Set it aside and begin anew"), lambda: self._set_aside(file)),
            margins=(SPACE_16, SPACE_8, SPACE_16, SPACE_8),
        )
        line.setStretch(0, 1)
        strip.setLayout(line)
        return strip

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._turned)
        self.beside.toggled.connect(self._set_beside)
        self.fields.changed.connect(self._tool_changed)
        self.rules.changed.connect(self._rules_changed)

    # -- what it shows ----------------------------------------------------------------------------------

    def show_draft(self) -> None:
        """Shows the draft from the beginning."""
        self.beside.blockSignals(True)
        self.beside.setChecked(self.draft.beside)
        self.beside.blockSignals(False)
        self.rules.show_words(self.draft.words)
        for name, file in (("tools", TOOLS_FILE), ("rules", RULES_FILE)):
            why = self.draft.troubles.get(file, "")
            text = self._notices[name].findChild(QLabel, "why")
            assert isinstance(text, QLabel)
            text.setText(why)
            self._notices[name].setVisible(bool(why))
        self.beside.setEnabled(TOOLS_FILE not in self.draft.troubles)
        self.rules.setEnabled(RULES_FILE not in self.draft.troubles)
        self._fill(0)
        self._judge()

    def _fill(self, chosen: int | str) -> None:
        """Lists the tools; the one chosen by place or name is shown."""
        self.list.blockSignals(True)
        self.list.clear()
        theme, place = self._context.theme, chosen if isinstance(chosen, int) else 0
        for at, (tool, own) in enumerate(self.draft.tools()):
            item = QListWidgetItem(tool.name or _("(no name)"))
            item.setData(_NAME, tool.name)
            item.setData(_OWN, own)
            if own:
                item.setIcon(theme.icon("tool", "error" if self.draft.tool_troubles(tool) else "accent"))
                item.setToolTip(_("A tool of this workspace"))
            else:
                item.setForeground(theme.colour("muted"))
                item.setIcon(theme.icon("tool", "muted"))
                item.setToolTip(_("Comes with Lorewright; a change makes it this workspace's own"))
            self.list.addItem(item)
            place = at if tool.name == chosen else place
        place = min(place, self.list.count() - 1)
        self.list.setCurrentRow(place)
        self.list.blockSignals(False)
        self._turned(place)
        count = len(self.draft.dropped)
        self.restore.setText(plural("Bring {count} removed tool back", "Bring {count} removed tools back", count))
        self.restore.setVisible(bool(count) and self.draft.beside)

    def _at(self, place: int) -> Tool | None:
        tools = self.draft.tools()
        return tools[place][0] if 0 <= place < len(tools) else None

    @Slot(int)
    def _turned(self, place: int) -> None:
        tool = self._at(place)
        self.remove.setEnabled(tool is not None and TOOLS_FILE not in self.draft.troubles)
        self.fields.setEnabled(TOOLS_FILE not in self.draft.troubles)
        self.fields.show_tool(tool)
        if tool is not None:
            self.fields.show_troubles(self.draft.tool_troubles(tool))

    def _judge(self) -> None:
        """Says what keeps the game from being saved."""
        fault = next(self.draft.faults(), "")
        self.trouble.setText(fault)
        self._save.setEnabled(not fault and self.draft != self._first)

    # -- what is done -----------------------------------------------------------------------------------

    @Slot(object)
    def _tool_changed(self, tool: Tool) -> None:
        place = self.list.currentRow()
        old = self._at(place)
        if old is None or old == tool:
            return
        self.draft = self.draft.with_tool(place, tool)
        at = next((n for n, (one, _own) in enumerate(self.draft.tools()) if one is tool), place)
        if at == place and self.list.item(place).data(_OWN):
            self.list.item(place).setText(tool.name or _("(no name)"))
            self.list.item(place).setData(_NAME, tool.name)
            wrong = self.draft.tool_troubles(tool)
            self.list.item(place).setIcon(self._context.theme.icon("tool", "error" if wrong else "accent"))
        else:
            self._refill(at)
        self.fields.show_troubles(self.draft.tool_troubles(tool))
        self._judge()

    def _refill(self, place: int) -> None:
        """Lists the tools anew while the fields keep what is being typed in them."""
        shown, self.fields.frozen = self.fields.frozen, True
        self._fill(place)
        self.fields.frozen = shown

    @Slot()
    def _add(self) -> None:
        number, known = 0, {tool.name for tool, _own in self.draft.tools()}
        names = (_("new tool"), *(f"{_('new tool')} {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
        while names[number] in known and number < len(names) - 1:
            number += 1
        made = Tool(names[number], ("target",), (), False, None, "", _("Say what it is for."))
        made = replace(made, example=default_example(made))
        self.draft = self.draft.with_tool(None, made)
        self._fill(made.name)
        self._judge()
        self.fields.name.setFocus()
        self.fields.name.selectAll()

    @Slot()
    def _remove(self) -> None:
        place = self.list.currentRow()
        tool = self._at(place)
        if tool is not None:
            self.draft = self.draft.without(tool.name)
            self._fill(place)
            self._judge()

    def _restore(self) -> None:
        self.draft = self.draft.restored()
        self._fill(self.list.currentRow())
        self._judge()

    @Slot(bool)
    def _set_beside(self, on: bool) -> None:
        self.draft = replace(self.draft, beside=on)
        self._fill(0)
        self._judge()

    @Slot(object)
    def _rules_changed(self, words: object) -> None:
        self.draft = replace(self.draft, words=words)  # type: ignore[arg-type]  # RulesFields sends a Vocabulary
        self._judge()

    def _set_aside(self, file: str) -> None:
        self._attempt(lambda: self.draft.set_aside(file))

    def _attempt(self, deed: Callable[[], GameDraft]) -> bool:
        try:
            self.draft = self._first = deed()
        except LorewrightError as error:
            self.trouble.setText(str(error))
            return False
        self._context.read_game()
        self.show_draft()
        return True

    def save(self) -> None:
        """Saves and closes; what is wrong is told and the form stays."""
        if self._attempt(self.draft.save):
            self.saved.emit()
            self.accept()
