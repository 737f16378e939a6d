"""Owns asking what a source is: its kind, where it lies, its name, weight, licence and a note. Reads nothing."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QFormLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.data.shelf import named
from studio.ui.data.words import SOURCES, weight_word
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.train.fields import number_field
from studio.ui.widgets import IconButton, label, push_button, row

_USUAL = ("scenarios", "sessions", "corrections.jsonl")
"""Where these kinds lie in every workspace."""
_FILES = "*.jsonl *.json *.csv *.parquet"


class SourceForm(QDialog):
    """The question; `answered` carries the settings of a source. `given` are those to begin with."""

    answered = Signal(object)

    def __init__(self, theme: Theme, root: Path, window: QWidget, given: Mapping[str, object] | None = None) -> None:
        super().__init__(window)
        self._theme = theme
        self._root = root
        self._old = dict(given or {})
        self._named = "name" in self._old
        self.setWindowTitle(_("A source"))
        self.kind = QComboBox()
        for name, kind in SOURCES.items():
            self.kind.addItem(theme.icon(kind.icon_name), _(kind.title), name)
        self.place, self.name, self.licence, self.note = (QLineEdit() for _number in range(4))
        self.weight: QSpinBox = number_field(_("Weight"), 1, 5)
        self._word = label("", "caption")
        self._about = label("", "muted", wrap=True)
        self._browse = IconButton(theme, "open-folder", _("Choose it"))
        self._ok = push_button(_("Take it in") if not self._named else _("Change it"), self.answer, "primary")
        self._ok.setDefault(True)
        self.trouble = label("", "error", wrap=True)
        self.trouble.hide()
        self._lay_out()
        self._connect()
        self._begin()

    def _lay_out(self) -> None:
        fields = QFormLayout()
        fields.setSpacing(SPACE_8)
        fields.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        fields.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        place, weight = row(self.place, self._browse), row(self.weight, self._word, None)
        for word, field, inside in (
            (_("Kind"), self.kind, None),
            (_("Where"), self.place, place),
            (_("Name"), self.name, None),
            (_("Weight"), self.weight, weight),
            (_("Licence"), self.licence, None),
            (_("Note"), self.note, None),
        ):
            name = label(word, "muted")
            name.setBuddy(field)
            field.setAccessibleName(word)
            if inside is not None:
                fields.addRow(name, inside)
            else:
                fields.addRow(name, field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(_("A source"), "display"))
        layout.addWidget(self._about)
        layout.addLayout(fields)
        layout.addWidget(self.trouble)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._ok))
        self.resize(self._theme.px(520), self._theme.px(420))

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(self._turn)
        self.place.textChanged.connect(self._propose)
        self.name.textEdited.connect(self._named_now)
        self.name.textChanged.connect(self._ready)
        self.weight.valueChanged.connect(lambda value: self._word.setText(weight_word(value)))
        self._browse.clicked.connect(self._choose)

    def _begin(self) -> None:
        kind = next((name for name in SOURCES if name in self._old), "file" if not self._old else "scenarios")
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.place.setText(str(self._old.get(kind) or ""))
        if self._named:
            self.name.setText(str(self._old["name"]))
        self.name.setEnabled(not self._named)
        self.weight.setValue(round(float(str(self._old.get("weight", 1)))))
        self._word.setText(weight_word(self.weight.value()))
        self.licence.setText(str(self._old.get("licence") or ""))
        self.note.setText(str(self._old.get("note") or ""))
        self._turn()

    @Slot()
    def _turn(self) -> None:
        kind = SOURCES[self.kind.currentData()]
        self._about.setText(_(kind.about))
        self.place.setPlaceholderText(kind.hint)
        if not self._old and self.place.text() in ("", *_USUAL):
            self.place.setText(kind.hint if kind.hint in _USUAL else "")
        self._browse.setVisible(self.kind.currentData() != "hub")
        self._ready()

    @Slot()
    def _named_now(self) -> None:
        self._named = bool(self.name.text())

    @Slot()
    def _propose(self) -> None:
        """Names the source after its file until a person names it."""
        if not self._named:
            self.name.setText(Path(self.place.text().partition("@")[0]).stem)
        self._ready()

    @Slot()
    def _ready(self) -> None:
        self._ok.setEnabled(bool(self.place.text().strip() and self.name.text().strip()))

    @Slot()
    def _choose(self) -> None:
        folder = SOURCES[self.kind.currentData()].folder
        begin, words = str(self._root), _("Choose it")
        if folder:
            found = QFileDialog.getExistingDirectory(self, words, begin)
        else:
            found, _kind = QFileDialog.getOpenFileName(self, words, begin, _("Data ({endings})").format(endings=_FILES))
        if found:
            self.place.setText(named(self._root, Path(found)))

    def values(self) -> dict[str, object]:
        """The settings as they stand in the fields."""
        return {
            "name": self.name.text().strip(),
            str(self.kind.currentData()): self.place.text().strip(),
            "weight": self.weight.value(),
            "licence": self.licence.text().strip(),
            "note": self.note.text().strip(),
        }

    def answer(self) -> None:
        """Hands the settings on; whoever takes them closes the form or says what is wrong."""
        self.answered.emit(self.values())

    def refuse(self, sentence: str) -> None:
        """Says what is wrong; the form stays."""
        self.trouble.setText(sentence)
        self.trouble.show()
