"""Owns showing a scenario as the play it is: party cards, bubbles, dice; knows no text editing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from studio.language import _, plural
from studio.rules import Outcome, Party
from studio.rules.resolve import acting
from studio.scenario import Scenario, Speaker, ToolCall, Turn, Vocabulary
from studio.scenario.results import read_result
from studio.ui.cards.bubble import Bubble
from studio.ui.cards.content import Said, SheetCard, Throw, Voice
from studio.ui.cards.dice import DiceCard
from studio.ui.cards.party import PartyCard
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_16
from studio.ui.widgets import Column, EmptyPlace, label

Outcomes = tuple[str, ...]
_MOST = 300
_MOST_SIGNS = 8000
_SLICE_SECONDS = 0.006
"""A slice ends after the part that goes beyond it, and laying out what it put in comes on top."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to draw; two that are equal need not be drawn anew."""

    kind: str
    values: tuple[object, ...]


def parts_of(scenario: Scenario, words: Vocabulary | None = None) -> list[Part]:
    """What a preview shows, from top to bottom; `words` has the outcome words of the game."""
    outcomes = (words if words is not None else Vocabulary.shipped()).outcomes
    parts: list[Part] = []
    title = scenario.metadata.get("title")
    place = scenario.system.location if scenario.system else None
    if title or place:
        parts.append(Part("head", (_short(str(title or "")), _short(place or ""))))
    if scenario.system is not None:
        parts += [Part("character", (SheetCard.of(one),)) for one in scenario.system.party]
    parts += _turns(scenario, outcomes)
    if len(scenario.turns) > _MOST:
        left = len(scenario.turns) - _MOST
        parts.append(Part("note", (plural("{count} more turn", "{count} more turns", left),)))
    return parts


def _turns(scenario: Scenario, outcomes: Outcomes) -> Iterator[Part]:
    """The turns, each result with the call that it answers."""
    party = Party.of(scenario.system.party if scenario.system else ())
    asked: Iterator[ToolCall] = iter(())
    for turn, after in zip(scenario.turns[:_MOST], (*scenario.turns[1 : _MOST + 1], None), strict=False):
        if turn.speaker is not Speaker.TOOLCALL:
            asked = iter([call for call in turn.tool_calls if call.result is not None])
            yield Part("said", (_said(turn, scenario.player, outcomes),))
            continue
        throw = _throw(turn, next(asked, None), party, scenario.player)
        if throw is None:
            yield Part("note", (_short(turn.content),))
            continue
        throw = replace(throw, outcome=_opening(after.content, outcomes)[0] if after is not None else None)
        yield Part("throw", (throw,))


def _throw(turn: Turn, call: ToolCall | None, party: Party, player: str | None) -> Throw | None:
    """A roll as the file has it, without what came of it: the kept die alone, the DC only where the call names one."""
    result = read_result(turn.content)
    if result is None:
        return None
    roller = acting(call, party, player) if call is not None and call.arguments else None
    return Throw(
        skill=result.skill.replace("_", " ").capitalize(),
        actor=roller.name if roller is not None else "",
        faces=((result.natural, True),),
        parts=result.parts,
        total=result.total,
        dc=call.dc if call is not None else None,
        outcome=None,
        advantage=call.advantage if call is not None else None,
    )


def _said(turn: Turn, player: str | None, outcomes: Outcomes) -> Said:
    outcome, text = _opening(turn.content, outcomes)
    mine = turn.speaker is Speaker.USER
    return Said(
        Voice.PLAYER if mine else Voice.NARRATOR,
        _short(text),
        outcome,
        name=(player or _("Player")) if mine else _("Narrator"),
        calls=tuple(_short(call.text) for call in turn.tool_calls[:_MOST]),
    )


def _short(text: str) -> str:
    """A text as far as it can be laid out at once; a line of a megabyte would hold up the window for a minute."""
    return text if len(text) <= _MOST_SIGNS else f"{text[:_MOST_SIGNS]} …"


def _opening(content: str, outcomes: Outcomes) -> tuple[Outcome | None, str]:
    """The outcome that a turn opens with, and the rest of it."""
    for word, outcome in zip(outcomes, (Outcome.SUCCESS, Outcome.FAILURE), strict=True):
        if content.startswith(word):
            return outcome, content[len(word) :].lstrip()
    return None, content


class Preview(QWidget):
    """The play, drawn in slices; what did not change is not drawn anew."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: list[Part] = []
        self._widgets: list[QWidget] = []
        self._wanted: list[Part] = []
        self._place = 0  # all before it is drawn as it is wanted
        self._column = Column(SPACE_16, SPACE_12)
        self._column.setProperty("kind", "scrolled")
        theme.changed.connect(self._column.measure_anew)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self._column)
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

    def show_scenario(self, scenario: Scenario | None, words: Vocabulary | None = None) -> None:
        """Shows a scenario of a game; where it begins like the one shown before, that stays."""
        self._wanted = parts_of(scenario, words) if scenario is not None else []
        self._place = 0
        self._timer.start()

    @property
    def drawn(self) -> bool:
        """Whether everything that was wanted is there."""
        return self._parts == self._wanted

    @Slot()
    def _draw(self) -> None:
        """Replaces what differs, for a moment at a time; a change in the middle touches only what changed."""
        until = time.monotonic() + _SLICE_SECONDS
        while self._place < len(self._wanted):
            if time.monotonic() > until:
                return
            part = self._wanted[self._place]
            if self._place >= len(self._parts) or self._parts[self._place] != part:
                self._put(self._place, part)
            self._place += 1
        while len(self._parts) > len(self._wanted):
            if time.monotonic() > until:
                return
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
        self._column.put(place, widget)

    def _drop(self, widget: QWidget) -> None:
        self._column.take(widget)
        widget.deleteLater()

    def _show_empty(self) -> None:
        self.area.setVisible(bool(self._parts))
        self._empty.setVisible(not self._parts)

    def _make(self, part: Part) -> QWidget:
        match part.kind, part.values:
            case "character", (SheetCard() as card,):
                return PartyCard(self._theme, card)
            case "throw", (Throw() as throw,):
                return DiceCard(self._theme, throw)
            case "said", (Said() as said,):
                return Bubble(self._theme, said)
            case "head", (title, place):
                return _head(str(title), str(place))
        return label(str(part.values[0]), "muted", wrap=True)


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
