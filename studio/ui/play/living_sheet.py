"""Owns the card of one character in play: what stands on the sheet, and the few things a hand does to it at once."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.language import _
from studio.rules import HandChange, Rules, Sheet
from studio.ui.cards.chip import Chip
from studio.ui.cards.content import SheetCard
from studio.ui.cards.party import Meter
from studio.ui.play.sheet_form import SheetForm
from studio.ui.play.sheets import effect_words
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import IconButton, label


class LivingSheet(QFrame):
    """A sheet that changes in place. `changed_by_hand` carries a HandChange, `throw_wanted` a skill."""

    changed_by_hand = Signal(object)
    throw_wanted = Signal(str)

    def __init__(self, theme: Theme, rules: Rules) -> None:
        super().__init__()
        self._theme, self._rules = theme, rules
        self.card: SheetCard | None = None
        self._sheet: Sheet | None = None
        self._form: SheetForm | None = None
        self.setProperty("kind", "card")
        self._name, self._level = label("", "strong", wrap=True), label("", "caption")
        self._acts = Chip(theme, _("acts now"), "accent")
        self._edit = IconButton(theme, "edit", _("Change the sheet by hand"))
        self._edit.setCheckable(True)
        self._edit.toggled.connect(self._unfold)
        self._about = label("", "caption", wrap=True)
        self._conditions = QWidget()
        self._in = QHBoxLayout(self._conditions)
        self._in.setContentsMargins(0, 0, 0, 0)
        self._in.setSpacing(SPACE_4)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_12)
        self._column.setSpacing(SPACE_4)
        self._column.addLayout(self._head())
        self._column.addWidget(self._about)
        self._column.addWidget(self._conditions)
        self._grid, self._others = self._table(), list[tuple[QLabel, QLabel]]()
        self._column.addLayout(self._grid)
        self._align()
        theme.changed.connect(self._restyle)

    @Slot()
    def _restyle(self) -> None:
        """The skills are links, which have their colour from the text itself; words grow with the zoom."""
        self._align()
        if self.card is not None:
            self._show_texts(self.card)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        head.addWidget(self._name, 1)
        head.addWidget(self._acts, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._level, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._edit, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_8)
        grid.setVerticalSpacing(SPACE_4)
        grid.setColumnStretch(1, 1)
        self._health, self._experience = Meter(self._theme, "dm", 0.0), Meter(self._theme, "system", 0.0)
        self._health_word, self._experience_word = label("", "caption"), label("", "caption")
        self._less = IconButton(self._theme, "remove", _("One health less"), size=12)
        self._more = IconButton(self._theme, "add", _("One health more"), size=12)
        self._less.clicked.connect(lambda: self._health_by(-1))
        self._more.clicked.connect(lambda: self._health_by(1))
        self._rows: dict[str, tuple[QWidget, ...]] = {
            "health": (label(_("Health"), "caption"), self._health, self._less, self._health_word, self._more),
            "experience": (label(_("Experience"), "caption"), self._experience, self._experience_word),
        }
        self._texts: dict[str, QLabel] = {}
        middle = Qt.AlignmentFlag.AlignVCenter
        for line, parts in enumerate(self._rows.values()):
            if len(parts) == 5:
                for column, part in enumerate(parts):
                    grid.addWidget(part, line, column, middle)
            else:
                grid.addWidget(parts[0], line, 0, middle)
                grid.addWidget(parts[1], line, 1, middle)
                grid.addWidget(parts[2], line, 2, 1, 3, middle | Qt.AlignmentFlag.AlignRight)
        for name, word in (
            ("skills", _("Skills")),
            ("spells", _("Spells")),
            ("inventory", _("Carries")),
        ):
            head, value = self._line(grid, word)
            self._texts[name], self._rows[name] = value, (head, value)
        self._skills_as_links()
        return grid

    def _align(self) -> None:
        """Bars and texts of all sheets begin at one line."""
        words = QFontMetrics(self._theme.text_font(SIZE_SMALL))
        self._grid.setColumnMinimumWidth(0, words.horizontalAdvance(_("Experience")))

    @staticmethod
    def _line(grid: QGridLayout, word: str) -> tuple[QLabel, QLabel]:
        """One more line of text beneath the others, behind its word."""
        head, value = label(word, "caption", wrap=True), label("", wrap=True, selectable=True)
        line = grid.rowCount()
        grid.addWidget(head, line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, line, 1, 1, 4)
        return head, value

    def _skills_as_links(self) -> None:
        skills = self._texts["skills"]
        skills.setTextFormat(Qt.TextFormat.RichText)
        skills.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        skills.setToolTip(_("Choose a skill to throw for it"))
        skills.linkActivated.connect(self.throw_wanted)

    def show_sheet(self, card: SheetCard, sheet: Sheet, *, acts: bool, idle: bool) -> None:
        """Shows the sheet as it stands; `acts`: it is this one's turn in a fight. Draws only what differs."""
        for part in (self._less, self._more, self._edit):
            part.setEnabled(idle)
        if self._form is not None:
            self._form.setEnabled(idle)
            self._form.show_sheet(sheet)
        if self._acts.isVisibleTo(self) != acts:
            self._acts.setVisible(acts)
        if card == self.card:
            return
        self.card, self._sheet = card, sheet
        self.setAccessibleName(card.name)
        self._touch(self, bool(card.changed))
        self._name.setText(card.name)
        self._level.setText(_("Level {n}").format(n=card.level) if card.level is not None else "")
        self._touch(self._level, "level" in card.changed)
        about = card.about + (_(" · you") if card.player else "")
        self._about.setText(about)
        self._about.setVisible(bool(about))
        self._show_conditions(card)
        self._show_bars(card)
        self._show_texts(card)

    def _show_conditions(self, card: SheetCard) -> None:
        while (item := self._in.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for condition in card.conditions:
            chip = Chip(self._theme, condition, "warning")
            chip.setToolTip(effect_words(condition, self._rules) or condition)
            self._in.addWidget(chip)
        self._in.addStretch(1)
        self._conditions.setVisible(bool(card.conditions))

    def _show_bars(self, card: SheetCard) -> None:
        for part in self._rows["health"]:
            part.setVisible(card.health is not None)
        for part in self._rows["experience"]:
            part.setVisible(card.experience is not None)
        if card.health is not None:
            now, most = card.health
            share = now / max(1, most)
            self._health.show_share(share, "dm" if share > 0.5 else "warning" if share > 0.25 else "error")
            self._health.setAccessibleName(_("Health {now} of {most}").format(now=now, most=most))
            self._health_word.setText(_("down") if card.down else f"{now} / {most}")
            self._touch(self._health_word, "health" in card.changed)
        if card.experience is not None:
            now, most = card.experience
            self._experience.show_share(now / most if most > 0 else 0.0, "system")
            self._experience.setAccessibleName(_("Experience {now} of {most}").format(now=now, most=most))
            self._experience_word.setText(f"{now} / {most}")
            self._touch(self._experience_word, "experience" in card.changed)

    def _show_texts(self, card: SheetCard) -> None:
        colour = self._theme.colours.secondary
        links = (
            f'<a href="{_plain(skill.rpartition(" ")[0])}" style="color:{colour};text-decoration:none">'
            f"{_plain(skill).replace(' ', '&nbsp;')}</a>"
            for skill in card.skills
        )
        texts = {
            "skills": ", ".join(links),
            "spells": ", ".join(card.spells),
            "inventory": ", ".join(card.inventory),
        }
        for name, text in texts.items():
            value = self._texts[name]
            value.setText(text)
            self._touch(value, name in card.changed)
            for part in self._rows[name]:
                part.setVisible(bool(text))
        while len(self._others) < len(card.other):
            self._others.append(self._line(self._grid, ""))
        for number, (head, value) in enumerate(self._others):
            there = number < len(card.other)
            head.setVisible(there)
            value.setVisible(there)
            head.setText(card.other[number][0] if there else "")
            value.setText(card.other[number][1] if there else "")

    @staticmethod
    def _touch(widget: QWidget, touched: bool) -> None:
        """Marks a field that the last change touched; asks for its style anew only where that differs."""
        if widget.property("touched") is not touched:
            widget.setProperty("touched", touched)
            widget.style().polish(widget)

    def _health_by(self, delta: int) -> None:
        if self.card is not None:
            self.changed_by_hand.emit(HandChange(self.card.name, "health", delta=delta))

    @Slot(bool)
    def _unfold(self, on: bool) -> None:
        if on and self._form is None and self._sheet is not None:
            self._form = SheetForm(self._theme, self._rules)
            self._form.changed_by_hand.connect(self.changed_by_hand)
            self._form.show_sheet(self._sheet)
            self._column.addWidget(self._form)
        if self._form is not None:
            self._form.setVisible(on)


def _plain(text: str) -> str:
    """A word of a sheet as text of a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
