"""Owns the list from which a model is chosen, with what each takes, and the ways to add another one. Opens none."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QStandardItemModel
from PySide6.QtWidgets import QFileDialog

from studio.amounts import file_size
from studio.language import _
from studio.ui.play.shelf import ModelFile
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8
from studio.ui.widgets import Choice, Index, RowPainter

_ABOUT = Qt.ItemDataRole.UserRole + 1
_OPEN, _FOLDER, _ADDRESS = "open", "folder", "address"


class _Rows(RowPainter):
    """A model's name, and small below it what it is and takes."""

    height = 44

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Both lines, cut where they lack room."""
        theme, about = self._theme, str(index.data(_ABOUT) or "")
        place = box.adjusted(SPACE_8, 5, -SPACE_8, -5)
        top = Qt.AlignmentFlag.AlignTop if about else Qt.AlignmentFlag.AlignVCenter
        can = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        for text, font, token, where in (
            (str(index.data()), theme.text_font(), "text" if can else "muted", top),
            (about, theme.text_font(SIZE_SMALL), "muted", Qt.AlignmentFlag.AlignBottom),
        ):
            painter.setFont(font)
            painter.setPen(theme.colour(token))
            cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | where, cut)


class ModelPicker(Choice):
    """The models. `wanted` carries the path of the one chosen; `added` a file or folder, `address_wanted` asks."""

    wanted = Signal(object)
    added = Signal(object)
    address_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._models: list[ModelFile] = []
        self._costs: Mapping[str, str] = {}
        self._path: Path | None = None
        self.setAccessibleName(_("Model"))
        self.setItemDelegate(_Rows(theme))
        self.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setMaxVisibleItems(12)
        self.view().setMinimumWidth(theme.px(420))
        self.activated.connect(self._picked)
        theme.changed.connect(self._redraw)

    def show_models(self, models: Sequence[ModelFile], costs: Mapping[str, str]) -> None:
        """Fills the list; `costs` says what a model takes, by what it is opened by."""
        if (list(models), costs) != (self._models, self._costs):
            self._models, self._costs = list(models), dict(costs)
            self._redraw()

    def show_chosen(self, path: Path | None) -> None:
        """Shows which model is loaded, or is to be."""
        self._path = path
        known = [model.path for model in self._models]
        self.setCurrentIndex(known.index(path) if path in known else -1)
        self.setPlaceholderText(path.name if path is not None else _("Choose a model"))

    @Slot()
    def _redraw(self) -> None:
        self.clear()
        self.setIconSize(QSize(self._theme.px(16), self._theme.px(16)))
        for model in self._models:
            name = _("Starter, untrained") if model.starter else model.name
            self.addItem(self._theme.icon("model"), name, model.path)
            self._tell(self.count() - 1, model)
        for name, words in (
            (_OPEN, _("Open a GGUF file…")),
            (_FOLDER, _("Add a folder of models…")),
            (_ADDRESS, _("Add an address…")),
        ):
            self.addItem(self._theme.icon("open-folder" if name != _ADDRESS else "world"), words, name)
        self.show_chosen(self._path)

    def _tell(self, number: int, model: ModelFile) -> None:
        size = file_size(model.size) if model.size else ""
        about = model.why or " · ".join(filter(None, (size, self._costs.get(model.named, ""))))
        self.setItemData(number, about, _ABOUT)
        self.setItemData(number, "\n".join(filter(None, (model.named, about))), Qt.ItemDataRole.ToolTipRole)
        rows = self.model()
        if model.why and isinstance(rows, QStandardItemModel):
            rows.item(number).setEnabled(False)

    @Slot(int)
    def _picked(self, number: int) -> None:
        chosen = self.itemData(number)
        if isinstance(chosen, Path):
            self.wanted.emit(chosen)
            return
        self.show_chosen(self._path)
        if chosen == _ADDRESS:
            self.address_wanted.emit()
            return
        dialog = QFileDialog(self, _("Open a GGUF file"), "", _("GGUF models (*.gguf)"))
        if chosen == _FOLDER:
            dialog = QFileDialog(self, _("Add a folder of models"))
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.added.emit(Path(name)))
        dialog.open()
