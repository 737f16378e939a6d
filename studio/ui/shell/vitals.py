"""Owns what the status bar says of the machine's memory; asked off the GUI thread, for a driver may be slow."""

from PySide6.QtCore import QObject, QTimer, Slot

from studio.amounts import GB
from studio.jobs.monitor import Monitor, Sample
from studio.language import _
from studio.ui.background import Background
from studio.ui.status import Note, Place, Status

_EVERY_MS = 2000


class Vitals(QObject):
    """Samples the machine every two seconds while it is started."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self._status = status
        self._monitor: Monitor | None = None
        self._background = Background("vitals")
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begins to sample."""
        self._timer.start()
        self.look()

    def close(self) -> None:
        """Ends the thread and lets go of the driver."""
        self._timer.stop()
        self._background.close()
        if self._monitor is not None:
            self._monitor.close()

    @Slot()
    def look(self) -> None:
        """Asks for one sample, unless the last one is still on its way."""
        if not self._background.busy:
            self._background.ask("sample", self._sample, self._say)

    def _sample(self) -> object:
        if self._monitor is None:
            self._monitor = Monitor()
        return self._monitor.sample(), self._monitor.no_gpu

    def _say(self, answer: object) -> None:
        assert isinstance(answer, tuple)
        sample, no_gpu = answer
        self._status.say(Place.MEMORY, memory_note(sample, no_gpu))


def memory_note(sample: Sample, no_gpu: str | None) -> Note:
    """The memory of the card, or that there is none; the machine's own memory in either case."""
    used, total = gigabytes(sample.memory_used), gigabytes(sample.memory_total)
    memory = _("Memory: {used} of {total} GB").format(used=used, total=total)
    if not sample.gpus:
        words = _("no GPU · RAM {used}/{total} GB").format(used=used, total=total)
        return Note(words, f"{no_gpu or ''}\n{memory}".strip(), "chip")
    card = sample.gpus[0]
    used, total = gigabytes(card.memory_used), gigabytes(card.memory_total)
    return Note(_("VRAM {used}/{total} GB").format(used=used, total=total), f"{card.name}\n{memory}", "graphics")


def gigabytes(size: int) -> str:
    """A size of memory in GB, with one decimal."""
    return f"{size / GB:.1f}"
