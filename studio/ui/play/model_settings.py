"""Owns the small window in which is set how a model is loaded, with what that takes. Reads and keeps nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from studio.amounts import file_size
from studio.gguf.load_forecast import Loadable, Room
from studio.inference.load_settings import KV_BYTES, LoadSettings, NotTogether
from studio.inference.templates import Offered
from studio.language import _
from studio.ui.play.popover import Popover
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.train.fields import number_field
from studio.ui.widgets import Choice, label, push_button, row

_AUTO = -1


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that is set: what it is called, how it is set now, what tells its memory, templates to choose from.

    `templates` is empty where the model has its own; `suggested` is the likeliest one.
    """

    name: str
    settings: LoadSettings
    loadable: Loadable | None
    room: Room
    templates: tuple[Offered, ...] = ()
    suggested: str = ""
    can_forget: bool = False


class ModelSettings(Popover):
    """The fields, and what they take. `wanted` carries the settings to load the model with."""

    wanted = Signal(object)
    forget_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, _("How this model is loaded"))
        self._subject: Subject | None = None
        self._name = label("", "muted", wrap=True)
        self.context = number_field(_("Context"), 256, 1 << 20)
        self.context.setSingleStep(1024)
        self.context.setToolTip(_("Tokens of the story that the model can see at once"))
        self.layers = self._auto(number_field(_("Layers on the graphics card"), _AUTO, 999))
        self.threads = self._auto(number_field(_("Threads"), 0, 1024))
        self.kv_type = self._choice(_("Keys and values"), [(kind, kind) for kind in KV_BYTES])
        self.flash = self._choice(_("Flash attention"), [(_("automatic"), None), (_("on"), True), (_("off"), False)])
        self.template = self._choice(_("Chat template"), [])
        self._template_word = label(_("Chat template"), "muted")
        self._parts = label("", "caption", wrap=True)
        self._cost = label("", "strong", wrap=True)
        self.load = push_button(_("Load with these"), self._load, "primary")
        self.forget = push_button(_("Forget this model"), self._forget, "link")
        self._lay_out()

    @staticmethod
    def _auto(field: QSpinBox) -> QSpinBox:
        field.setSpecialValueText(_("automatic"))
        return field

    @staticmethod
    def _choice(name: str, entries: Sequence[tuple[str, object]]) -> Choice:
        made = Choice()
        made.setAccessibleName(name)
        for word, value in entries:
            made.addItem(word, value)
        return made

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_12)
        grid.setVerticalSpacing(SPACE_8)
        rows: list[tuple[QWidget, QWidget, Callable[..., object]]] = [
            (label(_("Context"), "muted"), self.context, self.context.valueChanged.connect),
            (label(_("Layers on the graphics card"), "muted"), self.layers, self.layers.valueChanged.connect),
            (label(_("Keys and values kept as"), "muted"), self.kv_type, self.kv_type.activated.connect),
            (label(_("Flash attention"), "muted"), self.flash, self.flash.activated.connect),
            (label(_("Threads"), "muted"), self.threads, self.threads.valueChanged.connect),
            (self._template_word, self.template, self.template.activated.connect),
        ]
        for line, (word, field, connect) in enumerate(rows):
            grid.addWidget(word, line, 0)
            grid.addWidget(field, line, 1)
            connect(self._tell)
        grid.setColumnMinimumWidth(1, self.theme.px(190))
        self.column.addWidget(self._name)
        self.column.addLayout(grid)
        self.column.addWidget(self._cost)
        self.column.addWidget(self._parts)
        self.column.addLayout(row(self.forget, None, self.load))

    def show_subject(self, subject: Subject) -> None:
        """Shows how a model is set."""
        settings = subject.settings
        self._subject = None
        self._name.setText(subject.name)
        self.context.setValue(settings.context)
        self.layers.setValue(_AUTO if settings.gpu_layers is None else settings.gpu_layers)
        self.threads.setValue(settings.threads or 0)
        self.kv_type.setCurrentIndex(self.kv_type.findData(settings.kv_type))
        self.flash.setCurrentIndex([None, True, False].index(settings.flash_attention))
        self.template.clear()
        for offered in subject.templates:
            self.template.addItem(offered.title, offered.name)
        self.template.setCurrentIndex(max(0, self.template.findData(settings.template or subject.suggested)))
        for part in (self._template_word, self.template):
            part.setVisible(bool(subject.templates))
        self.forget.setVisible(subject.can_forget)
        self._subject = subject
        self._tell()

    def settings(self) -> LoadSettings:
        """The settings as they stand in the fields."""
        return LoadSettings(
            context=self.context.value(),
            gpu_layers=None if self.layers.value() == _AUTO else self.layers.value(),
            kv_type=self.kv_type.currentData(),
            flash_attention=self.flash.currentData(),
            threads=self.threads.value() or None,
            template=str(self.template.currentData() or ""),
        )

    @Slot()
    def _tell(self) -> None:
        """Says what it would take, or why it cannot be."""
        subject = self._subject
        if subject is None:
            return
        try:
            self.settings().check()
        except NotTogether as error:
            self._say(str(error), "", good=False, can=False)
            return
        if subject.loadable is None:
            self._say(_("It runs elsewhere: nothing of it lies here."), "", good=True)
            return
        told = subject.loadable.forecast(self.settings(), subject.room)
        needed, free = file_size(told.memory.total), file_size(subject.room.memory)
        fits = told.fits(subject.room)
        text = _("It takes {needed}; {free} are free.") if fits else _("It takes {needed}, but only {free} are free.")
        memory = told.memory
        parts = [
            _("weights {size}").format(size=file_size(memory.weights + memory.laid_out)),
            _("context {size}").format(size=file_size(memory.keys)),
            _("the rest {size}").format(size=file_size(memory.vocabulary + memory.workspace + memory.program)),
        ]
        if told.card:
            layers = _("{n} of {of} layers on the card: {size}")
            parts.append(layers.format(n=told.on_card, of=told.layers, size=file_size(told.card)))
        if told.context < self.context.value():
            parts.append(_("the model was made for {n} tokens").format(n=told.context))
        self._say(text.format(needed=needed, free=free), " · ".join(parts), good=fits)

    def _say(self, text: str, parts: str, *, good: bool, can: bool = True) -> None:
        self._cost.setText(text)
        self._cost.setProperty("kind", "strong" if good else "warning")
        self._cost.style().polish(self._cost)
        self._parts.setText(parts)
        self._parts.setVisible(bool(parts))
        self.load.setEnabled(can)

    def _load(self) -> None:
        self.close()
        self.wanted.emit(self.settings())

    def _forget(self) -> None:
        self.close()
        self.forget_wanted.emit()
