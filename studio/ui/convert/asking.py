"""Owns asking for a file or a folder; the answer comes when somebody chose one, and the window goes on meanwhile."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from studio.language import _

Take = Callable[[Path], object]


def ask_for_base(parent: QWidget, place: Path, take: Take) -> None:
    """Asks for a model's folder."""
    _ask(parent, _("Choose a model's folder"), place, take, QFileDialog.FileMode.Directory)


def ask_for_gguf(parent: QWidget, place: Path, take: Take) -> None:
    """Asks for a GGUF."""
    _ask(parent, _("Look into a GGUF"), place, take, QFileDialog.FileMode.ExistingFile, _("GGUF models (*.gguf)"))


def ask_for_pack(parent: QWidget, place: Path, take: Take) -> None:
    """Asks for a game pack: a zip, or the folder by the `pack.json` in it."""
    kinds = _("Packs (*.zip pack.json)")
    _ask(parent, _("Choose a pack"), place, take, QFileDialog.FileMode.ExistingFile, kinds)


def ask_where(parent: QWidget, place: Path, name: str, take: Take) -> None:
    """Asks where the pack of a model of that name goes."""
    dialog = _made(parent, _("Where the pack goes"), place, take, _("Packs (*.zip)"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("zip")
    dialog.selectFile(f"{name}-pack.zip")
    dialog.open()


def _ask(parent: QWidget, title: str, place: Path, take: Take, mode: QFileDialog.FileMode, kinds: str = "") -> None:
    dialog = _made(parent, title, place, take, kinds)
    dialog.setFileMode(mode)
    dialog.open()


def _made(parent: QWidget, title: str, place: Path, take: Take, kinds: str) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(place), kinds)
    dialog.fileSelected.connect(lambda text: take(Path(text)))
    dialog.finished.connect(dialog.deleteLater)
    return dialog
