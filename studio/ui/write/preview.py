"""Owns showing a scenario as the play it is: party cards, bubbles, dice; knows no text editing."""

import re
import time
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.language import _, plural
from studio.scenario import Scenario, Speaker, Turn
from studio.scenario.results import read_result
from studio.ui.cards import Bubble, DiceCard, PartyCard, Throw
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, label

_MOST = 300
_SLICE_SECONDS = 0.012
_OUTCOME = re.compile(r"\A\*(SUCCESS|FAILED)\*\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to draw; two that are equal need not be drawn anew."""

    kind: str
    values: tuple[object, ...]


def parts_of(scenario: Scenario) -> list[Part]:
    """What a preview shows, from top to bottom."""
    parts: list[Part] = []
    title = scenario.metadata.get("title")
    place = scenario.system.location if scenario.system else None
    if title or place:
        parts.append(Part("head", (str(title or ""), place or "")))
    if scenario.system is not None:
        parts += [Part("character", (repr(one), one)) for one in scenario.system.party]
    for index, turn in enumerate(scenario.turns[:_MOST]):
        after = scenario.turns[index + 1] if index + 1 < len(scenario.turns) else None
        parts.append(_turn(turn, after, scenario.player))
    if len(scenario.turns) > _MOST:
        left = len(scenario.turns) - _MOST
        parts.append(Part("note", (plural("{count} more turn", "{count} more turns", left),)))
    return parts


def _turn(turn: Turn, after: Turn | None, player: str | None) -> Part:
    if turn.speaker is Speaker.TOOLCALL:
        result = read_result(turn.content)
        opening = _OUTCOME.match(after.content) if after is not None else None
        if result is None:
            return Part("note", (turn.content,))
        success = None if opening is None else opening[1] == "SUCCESS"
        return Part("throw", (Throw(result.skill, result.natural, result.parts, result.total, success),))
    opening = _OUTCOME.match(turn.content)
    text = turn.content[opening.end() :] if opening else turn.content
    for call in turn.tool_calls:
        text = text.replace(call.text, "")
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    calls = tuple(call.text.strip("[]") for call in turn.tool_calls)
    outcome = None if opening is None else opening[1] == "SUCCESS"
    name = (player or "") if turn.speaker is Speaker.USER else ""
    return Part("bubble", (turn.speaker.value, text, name, calls, outcome))


class Preview(QWidget):
    """The play, drawn in slices; what did not change is not drawn anew."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: list[Part] = []
        self._widgets: list[QWidget] = []
        self._wanted: list[Part] = []
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        self._list.setSpacing(SPACE_12)
        self._list.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(inside)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName(_("Preview"))
        self._empty = EmptyPlace(
            theme, "preview", _("Nothing to play yet"), _("What you write appears here as a chat.")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.area)
        layout.addWidget(self._empty)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._draw)
        self._show_empty()

    def show_scenario(self, scenario: Scenario | None) -> None:
        """Shows a scenario; where it begins like the one shown before, that stays."""
        self._wanted = parts_of(scenario) if scenario is not None else []
        self._timer.start()

    @property
    def drawn(self) -> bool:
        """Whether everything that was wanted is there."""
        return self._parts == self._wanted

    @Slot()
    def _draw(self) -> None:
        """Replaces what differs, for a moment at a time; a change in the middle touches only what changed."""
        until = time.monotonic() + _SLICE_SECONDS
        for place, part in enumerate(self._wanted):
            if place < len(self._parts) and self._parts[place] == part:
                continue
            if time.monotonic() > until:
                return
            self._put(place, part)
        while len(self._parts) > len(self._wanted):
            self._parts.pop()
            self._drop(self._widgets.pop())
        self._timer.stop()
        self._show_empty()

    def _put(self, place: int, part: Part) -> None:
        widget = self._make(part)
        if place < len(self._parts):
            self._drop(self._widgets[place])
            self._widgets[place], self._parts[place] = widget, part
        else:
            self._widgets.append(widget)
            self._parts.append(part)
        self._list.insertWidget(place, widget)

    def _drop(self, widget: QWidget) -> None:
        self._list.removeWidget(widget)
        widget.hide()
        widget.deleteLater()

    def _show_empty(self) -> None:
        self.area.setVisible(bool(self._parts))
        self._empty.setVisible(not self._parts)

    def _make(self, part: Part) -> QWidget:
        values: tuple[object, ...] = part.values
        if part.kind == "character":
            return PartyCard(self._theme, values[1])  # type: ignore[arg-type]  # a part's values go with its kind
        if part.kind == "throw":
            return _aligned(DiceCard(self._theme, values[0]), "left")  # type: ignore[arg-type]  # as above
        if part.kind == "head":
            return _head(str(values[0]), str(values[1]))
        if part.kind == "note":
            return label(str(values[0]), "muted", wrap=True)
        speaker, text, name, calls, outcome = values
        bubble = Bubble(self._theme, str(speaker), str(text), name=str(name), calls=calls, outcome=outcome)  # type: ignore[arg-type]  # as above
        return _aligned(bubble, "right" if speaker == "User" else "left")


def _head(title: str, place: str) -> QWidget:
    widget = QWidget()
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, SPACE_4)
    layout.setSpacing(SPACE_4)
    if title:
        layout.addWidget(label(title, "display", wrap=True))
    if place:
        layout.addWidget(label(place, "muted", wrap=True, selectable=True))
    return widget


def _aligned(inside: QWidget, side: str) -> QWidget:
    widget = QWidget()
    line = QHBoxLayout(widget)
    line.setContentsMargins(0, 0, 0, 0)
    if side == "right":
        line.addStretch(1)
        line.addWidget(inside, 6)
    else:
        line.addWidget(inside, 6)
        line.addStretch(1)
    return widget
