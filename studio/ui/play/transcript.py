"""Owns what stands in the chat, entry by entry, made from a session's events. Knows no Qt and no model."""

from collections.abc import Callable
from dataclasses import dataclass, field

from studio.inference.session import Applied, PlayEvent, Refused, Stopped, TurnAdded, Wrote
from studio.language import _
from studio.rules import Outcome, Resolution, Rules
from studio.scenario.results import read_result
from studio.ui.cards.content import Said, Throw, Voice


@dataclass(slots=True)
class Remark:
    """A line between the bubbles: a change of a sheet, a call that stayed text, a stop. `kind` picks its icon."""

    kind: str
    text: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Trouble:
    """A card that says what went wrong; `action` is the word of its one button (empty: none)."""

    text: str
    action: str = ""


Entry = Said | Throw | Remark | Trouble
_ICONS = {
    "damage": "health", "heal": "health", "give": "bag", "take": "bag", "condition": "shield", "level up": "star",
    "begin combat": "combat", "end combat": "combat", "inventory": "bag", "conditions": "shield", "level": "star",
    "combat": "combat",
}  # fmt: skip


def _nothing(_number: int) -> None:
    """A listener where nobody listens."""


@dataclass(slots=True)
class Transcript:
    """The entries in order. `added` and `changed` are told the entry's number."""

    rules: Rules = field(default_factory=Rules.shipped)
    entries: list[Entry] = field(default_factory=list)
    added: Callable[[int], object] = _nothing
    changed: Callable[[int], object] = _nothing

    def take(self, event: PlayEvent) -> None:
        """Takes in one event of the session."""
        match event:
            case Wrote(text):
                self._write(text)
            case TurnAdded(node, _generation, resolution):
                self._turn(node.kind, node.text, resolution)
            case Applied(resolution):
                self._applied(resolution)
            case Refused(call, reason):
                self._add(Remark("warning", _("{call} stays text: {reason}.").format(call=call.text, reason=reason)))
            case Stopped(calls):
                text = _("Stopped after {n} calls in one turn. Say something to go on.")
                self._add(Remark("warning", text.format(n=calls)))

    def _applied(self, resolution: Resolution) -> None:
        """Takes the call out of the prose. What it did is a remark; a roll's card comes with its TOOLCALL turn."""
        number = next((n for n in reversed(range(len(self.entries))) if isinstance(self.entries[n], Said)), None)
        entry = self.entries[number] if number is not None else None
        if number is not None and isinstance(entry, Said) and resolution.call.text in entry.text:
            entry.calls = (*entry.calls, resolution.call.text)
            self.changed(number)
        if resolution.line is None:
            changed = resolution.changes[0].field if resolution.changes else resolution.call.name
            self._add(Remark(_ICONS.get(resolution.call.name, _ICONS.get(changed, "tool")), resolution.sentence))

    def trouble(self, text: str, action: str = "") -> None:
        """Adds a card that says what went wrong; what was being written stays, marked as broken off."""
        self.break_off()
        self._add(Trouble(text, action))

    def remark(self, kind: str, text: str) -> None:
        """Adds a line of our own."""
        self._add(Remark(kind, text))

    def break_off(self) -> None:
        """Ends the bubble that is being written; it is no part of the play."""
        entry = self._open()
        if entry is not None:
            entry.open, entry.broken = False, True
            self.changed(len(self.entries) - 1)

    @property
    def writing(self) -> bool:
        """Whether a bubble is being written."""
        return self._open() is not None

    def _open(self) -> Said | None:
        last = self.entries[-1] if self.entries else None
        return last if isinstance(last, Said) and last.open else None

    def _write(self, text: str) -> None:
        entry = self._open()
        if entry is None:
            entry = Said(Voice.NARRATOR, open=True)
            self.entries.append(entry)
            self._put(entry, text)
            self.added(len(self.entries) - 1)
            return
        self._put(entry, text)
        self.changed(len(self.entries) - 1)

    def _put(self, entry: Said, text: str) -> None:
        entry.text += text
        for outcome, word in (
            (Outcome.SUCCESS, self.rules.outcomes.success),
            (Outcome.FAILURE, self.rules.outcomes.failure),
        ):
            if entry.outcome is None and entry.text.lstrip().startswith(word):
                entry.outcome, entry.text = outcome, entry.text.lstrip().removeprefix(word)

    def _turn(self, kind: str, text: str, resolution: Resolution | None) -> None:
        if kind == "User":
            self._add(Said(Voice.PLAYER, text))
        elif kind == "DM":
            self._finish(text)
        else:
            throw = throw_of(resolution) if resolution is not None else None
            self._add(throw if throw is not None else Remark("dice", text))

    def _finish(self, text: str) -> None:
        entry = self._open()
        whole = Said(Voice.NARRATOR)
        self._put(whole, text)
        whole.text = whole.text.strip()
        if entry is None:
            self._add(whole)
            return
        entry.text, entry.outcome, entry.open = whole.text, whole.outcome, False
        self.changed(len(self.entries) - 1)

    def _add(self, entry: Entry) -> None:
        last = self.entries[-1] if self.entries else None
        if (
            isinstance(entry, Remark)
            and isinstance(last, Remark)
            and (last.kind, last.text) == (entry.kind, entry.text)
        ):
            last.times += 1
            self.changed(len(self.entries) - 1)
            return
        self.entries.append(entry)
        self.added(len(self.entries) - 1)


def throw_of(resolution: Resolution) -> Throw | None:
    """A roll as its card shows it; None for a result that was written in no known form."""
    rolled, told = resolution.rolled, read_result(resolution.line or "")
    if rolled is None or told is None:
        return None
    total = told.total
    return Throw(
        skill=resolution.call.arguments[0].replace("_", " ").strip().capitalize(),
        actor=resolution.actor or "",
        faces=tuple((die.face, die.kept) for die in rolled.dice),
        parts=((total - rolled.natural, "skill"),),
        total=total,
        dc=resolution.dc,
        outcome=resolution.outcome,
        advantage=resolution.call.advantage,
    )
