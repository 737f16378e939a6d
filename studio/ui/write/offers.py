"""Owns what a page asks about its file: texts kept from a crash, changes on the disk. Knows neither tree nor check.

Nothing is taken or let go here without an answer. One question is shown at a time; one that is closed without an
answer comes again when the file is opened anew or its text is to be saved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario import Edit
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.comparison import Choice, ComparisonDialog, Text, size_of_change
from studio.ui.write.safekeeping import Safekeeping
from studio.workspace import Document
from studio.workspace.beside import write_beside
from studio.workspace.differences import count, edits
from studio.workspace.recovery import Kept

Action = tuple[str, Callable[[], object]]


class Asking(Protocol):
    """What a page is to its questions."""

    document: Document

    def text(self) -> str:
        """The text as it is on the screen."""

    @property
    def dirty(self) -> bool:
        """Whether there are edits that are not saved."""

    def reopen(self) -> None:
        """Shows the document anew."""

    def apply(self, changes: Sequence[Edit]) -> None:
        """Changes the text as one step that can be undone."""

    def mark_saved(self, saved: bool) -> None:
        """Says whether the text is what the file says."""

    def notify(self, icon_name: str, sentence: str, *actions: Action) -> None:
        """Shows a question above the text."""

    def dismiss(self) -> None:
        """Takes the question away."""

    def window_for_questions(self) -> QWidget:
        """Over which window a comparison opens."""


@dataclass(frozen=True, slots=True)
class _Question:
    icon: str
    sentence: str
    actions: tuple[Action, ...]


class Offers(QObject):
    """The questions of one page."""

    def __init__(
        self,
        page: Asking,
        context: Context,
        background: Background,
        safekeeping: Safekeeping,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._background = background
        self._context = context
        self._safekeeping = safekeeping
        self._kept: list[Kept] = []
        self._sizes: dict[Kept, str] = {}
        self._writing = False
        self._disk: _Question | None = None
        self._shown = False
        self.looking = False
        safekeeping.found.connect(self._found)
        self.dialog: ComparisonDialog | None = None

    @property
    def waiting(self) -> bool:
        """Whether a question is open."""
        return self.looking or self._disk is not None or bool(self._kept)

    # -- texts from a crash ---------------------------------------------------------------------------

    def look_for_kept(self) -> None:
        """Asks about every text kept for the file, as soon as the writing thread has found them."""
        self.looking = True
        self._safekeeping.look()

    @Slot(object)
    def _found(self, kept: tuple[Kept, ...]) -> None:
        self.looking = False
        text = self._page.document.text

        def work() -> object:
            return {one: size_of_change(*count(text, one.text)) for one in kept}

        if kept:
            self._background.ask_at_once((self._page, "sizes"), work, lambda sizes: self._ask_about(kept, sizes))
        else:
            self._ask_about((), {})

    def _ask_about(self, kept: tuple[Kept, ...], sizes: object) -> None:
        assert isinstance(sizes, dict)
        self._kept, self._sizes = list(kept), sizes
        self.show()

    def _kept_question(self, kept: Kept) -> _Question:
        more = len(self._kept) - 1
        sentence = _("Unsaved text of {time} was kept ({size} lines).")
        if more:
            sentence = _("Unsaved text of {time} was kept ({size} lines), and {more} more.")
        return _Question(
            "clock",
            sentence.format(time=spoken_time(kept.when), size=self._sizes[kept], more=more),
            _buttons(self._kept_choices(kept), lambda: self._compare_kept(kept)),
        )

    def _kept_choices(self, kept: Kept) -> tuple[Choice, ...]:
        return (
            Choice(_("Take it"), lambda: self._take_kept(kept), "primary"),
            Choice(_("Keep the file"), lambda: self._keep_file(kept)),
            Choice(_("Keep both"), lambda: self._keep_both(kept)),
        )

    def _compare_kept(self, kept: Kept) -> None:
        self._compare(
            _("Unsaved text that was kept"),
            Text(_("In the file"), self._page.text()),
            Text(_("Kept, {time}").format(time=spoken_time(kept.when)), kept.text),
            self._kept_choices(kept)[::-1],
        )

    def _take_kept(self, kept: Kept) -> None:
        self._page.apply(edits(self._page.text(), kept.text))
        if self._page.text() != kept.text:
            self._context.toast(_("This text can't be edited now. The kept text waits until it can."), "warning")
            return
        self._safekeeping.keep()
        self._answered(kept)

    def _keep_file(self, kept: Kept) -> None:
        self._safekeeping.remember(kept.text)
        self._answered(kept)
        self._context.toast(_("The file stays as it is. The other text is in its history."))

    def _keep_both(self, kept: Kept) -> None:
        self._write_beside(_("kept"), kept.text, lambda: self._answered(kept))

    def _answered(self, kept: Kept) -> None:
        """Lets a kept text go, behind what was asked for before on the same thread."""
        self._kept.remove(kept)
        self._safekeeping.drop(kept)
        self.show()

    # -- the file on the disk ---------------------------------------------------------------------------

    def disk_changed(
        self, there: Document, size: tuple[int, int], *, saving: Callable[[], object] | None = None
    ) -> None:
        """Asks what to do now that the file says something else; `saving` goes on with a save that was stopped.

        `size` is how many lines are new there and how many are gone.
        """
        if there.locked is not None:
            sentence = _("Another program changed this file, and it can't be read now: {reason} Your text is kept.")
            self._disk = _Question(
                "warning",
                sentence.format(reason=there.locked),
                ((_("Save a copy beside it"), self._copy_beside),),
            )
            self.show()
            return
        sentence = _("Another program changed this file ({size} lines against yours).")
        choices = self._disk_choices(there, saving)
        self._disk = _Question(
            "warning",
            sentence.format(size=size_of_change(*size)),
            _buttons(choices, lambda: self._compare_disk(there, choices)),
        )
        self.show()

    def _disk_choices(self, there: Document, saving: Callable[[], object] | None) -> tuple[Choice, ...]:
        return (
            Choice(_("Reload"), lambda: self.reload(there)),
            Choice(
                _("Save mine over it") if saving is not None else _("Keep mine"),
                lambda: self._keep_mine(there, saving),
                "" if saving is None else "danger",
            ),
        )

    def _compare_disk(self, there: Document, choices: tuple[Choice, ...]) -> None:
        self._compare(
            _("The file was changed by another program"),
            Text(_("Yours"), self._page.text()),
            Text(_("On the disk"), there.text),
            choices,
        )

    def reload(self, there: Document) -> None:
        """Takes over what the file says, as one step that can be undone."""
        page = self._page
        if page.text() != page.document.text:
            self._safekeeping.remember(page.text())
        page.document = there
        page.apply(edits(page.text(), there.text))
        if page.text() != there.text:
            page.reopen()
        page.mark_saved(True)
        self._safekeeping.settled()
        self.disk_settled()

    def _keep_mine(self, there: Document, saving: Callable[[], object] | None) -> None:
        self._safekeeping.remember(there.text)
        self._page.document = there
        self._page.mark_saved(self._page.text() == there.text)
        self._safekeeping.keep()
        self.disk_settled()
        if saving is not None:
            saving()

    def gone(self, renamed: Path | None, follow: Callable[[Path], object], write: Callable[[], object]) -> None:
        """Says that the file is no longer there; the text on the screen now is the only one."""
        self._page.mark_saved(False)
        self._safekeeping.keep()
        again = (_("Write it again"), lambda: self._settled_by(write))
        if renamed is None:
            sentence = _("This file was deleted. Its text is still here, and kept.")
            self._disk = _Question("warning", sentence, (again,))
        else:
            sentence = _("This file is now named {name}.").format(name=renamed.name)
            following = (_("Follow it"), lambda: self._settled_by(lambda: follow(renamed)))
            self._disk = _Question("warning", sentence, (following, again))
        self.show()

    def _settled_by(self, run: Callable[[], object]) -> None:
        self.disk_settled()
        run()

    def disk_settled(self) -> None:
        """Takes the question about the disk back: it was answered, or the file is again as it was."""
        self._disk = None
        self.show()

    def put_off(self) -> None:
        """Leaves the question that is shown for later; the next one is shown."""
        if self._disk is not None:
            self._disk = None
        elif self._kept:
            self._kept.pop(0)
        self.show()

    def _copy_beside(self) -> None:
        self._write_beside(_("copy"), self._page.text(), self.disk_settled)

    # -- both ---------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Shows the question that is due, or none."""
        question = self._disk or (self._kept_question(self._kept[0]) if self._kept else None)
        if question is None:
            if self._shown:
                self._page.dismiss()
        else:
            self._page.notify(question.icon, question.sentence, *question.actions)
        self._shown = question is not None

    def _compare(self, title: str, old: Text, new: Text, choices: tuple[Choice, ...]) -> None:
        over = self._page.window_for_questions()
        self.dialog = ComparisonDialog(self._context.theme, over, title, (old, new), choices)
        self.dialog.open()

    def _write_beside(self, word: str, text: str, settle: Callable[[], object]) -> None:
        """Writes a text beside the file and opens it; the question is settled only once that is done."""
        if self._writing:
            return
        self._writing, document = True, self._page.document

        def work() -> object:
            try:
                return write_beside(document.path, word, document.encoded(text))
            except LorewrightError as error:
                return error

        self._background.ask_at_once((self._page, "beside"), work, lambda done: self._written(done, settle))

    def _written(self, done: object, settle: Callable[[], object]) -> None:
        self._writing = False
        if isinstance(done, Path):
            settle()
            self._context.open_path(done)
        else:
            self._context.toast(str(done), "error")


def _buttons(choices: tuple[Choice, ...], compare: Callable[[], object]) -> tuple[Action, ...]:
    return (*((choice.word, choice.run) for choice in choices), (_("Compare"), compare))


def spoken_time(when: float) -> str:
    """A time as people say it: the hour alone where it was today."""
    then, now = datetime.fromtimestamp(when), datetime.now()
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"
