"""Owns what happened to a run beyond its steps, told in sentences from its journal: gone on, smaller rows, trouble.

Knows neither window nor terminal.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from studio.errors import from_event
from studio.jobs.protocol import Fields
from studio.language import _, plural


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened: when (seconds since the epoch, None where the journal does not say), and how grave it
    is: info, success, warning or error."""

    at: float | None
    text: str
    kind: str = "info"


@dataclass(slots=True)
class Story:
    """What happened so far, in order; `take` hears the journal's events."""

    lines: list[Told] = field(default_factory=list)
    _begun: bool = False

    @classmethod
    def of(cls, events: Iterable[Fields]) -> "Story":
        """The story of a whole journal."""
        story = cls()
        for event in events:
            story.take(event)
        return story

    def take(self, event: Fields) -> None:
        """Takes one event in; most of them are no news."""
        at = event.get("at")
        moment = float(at) if isinstance(at, int | float) else None
        if not self._begun:
            self._begun = True
            self.lines.append(Told(moment, _("Begun.")))
        for text, kind in news(event):
            if not self.lines or self.lines[-1].text != text:
                self.lines.append(Told(moment, text, kind))

    @property
    def eventful(self) -> bool:
        """Whether more happened than that it began, went on and ended well."""
        return any(line.kind != "success" for line in self.lines[1:])


News = list[tuple[str, str]]


def news(event: Fields) -> News:
    """What an event says, in sentences with how grave each is; most say nothing."""
    tell = _NEWS.get(str(event.get("event")))
    return tell(event) if tell is not None else []


def _phase(event: Fields) -> News:
    for key, sentence in (
        ("gpu_too_small", _("{card} has too little memory for this. The CPU takes over.")),
        ("gpu_failed", _("{card} does not work here. The CPU takes over.")),
    ):
        if event.get(key):
            return [(sentence.format(card=event[key]), "warning")]
    return []


def _forecast(event: Fields) -> News:
    changes = event.get("changes")
    return [(str(change), "info") for change in changes] if isinstance(changes, list) else []


def _resumed(event: Fields) -> News:
    over = event.get("passed_over")
    damaged = [
        (_("{checkpoint} was passed over: {file} is missing or damaged.").format(**row), "warning")
        for row in (over if isinstance(over, list) else [])
        if isinstance(row, dict) and {"checkpoint", "file"} <= row.keys()
    ]
    told = _("Gone on after step {step} of {of}.").format(step=event.get("step"), of=event.get("of"))
    return [*damaged, (told, "info")]


def _memory(event: Fields) -> News:
    size = event.get("batch_size")
    rows = plural("{count} example", "{count} examples", size if isinstance(size, int) else 1)
    sentence = _(
        "Memory ran out at step {step}. It goes on with {rows} at once; what a step learns from stays the same."
    )
    return [(sentence.format(step=event.get("step"), rows=rows), "warning")]


def _card_fails(event: Fields) -> News:
    return [(_("{card} failed: {reason}").format(card=event.get("card"), reason=event.get("reason")), "warning")]


def _slow(event: Fields) -> News:
    factor = event.get("factor")
    times = f"{factor:.1f}" if isinstance(factor, int | float) else "?"
    sentence = _(
        "From step {step} on, steps take {times} times as long as before. Does another program need the machine?"
    )
    return [(sentence.format(step=event.get("step"), times=times), "warning")]


def _stalled(event: Fields) -> News:
    seconds = event.get("seconds")
    count = round(seconds) if isinstance(seconds, int | float) else 0
    return [(plural("Nothing was heard for {count} s.", "Nothing was heard for {count} s.", count), "warning")]


def _restarted(event: Fields) -> News:
    tried = _("Attempt {attempt} of {of}.").format(attempt=event.get("attempt"), of=event.get("of"))
    if event.get("why") != "memory":
        return [(_("The worker died at its start, and was started again.") + " " + tried, "warning")]
    size = event.get("batch_size")
    rows = plural("{count} example", "{count} examples", size if isinstance(size, int) else 1)
    told = _("The worker was ended by the system, as for want of memory. It goes on with {rows} at once; what a step "
             "learns from stays the same.")  # fmt: skip
    return [(told.format(rows=rows) + " " + tried, "warning")]


def _alive(_event: Fields) -> News:
    return [(_("It is heard again."), "success")]


def _waiting(_event: Fields) -> News:
    return [(_("It waits until the computer is plugged in."), "info")]


def _warning(event: Fields) -> News:
    return [(_sentence(event), "warning")]


def _failed(event: Fields) -> News:
    return [(_sentence(event), "error")]


def _cancelled(event: Fields) -> News:
    if event.get("paused"):
        return [(_("Paused after step {step}; a checkpoint of it is kept.").format(step=event.get("step")), "info")]
    return [(_("Stopped."), "info")]


def _done(_event: Fields) -> News:
    return [(_("Finished."), "success")]


def _sentence(event: Fields) -> str:
    fields = event.get("fields")
    return str(from_event(str(event.get("code")), fields if isinstance(fields, dict) else {}))


_NEWS: dict[str, Callable[[Fields], News]] = {
    "phase": _phase,
    "forecast": _forecast,
    "resumed": _resumed,
    "memory": _memory,
    "card_fails": _card_fails,
    "slow": _slow,
    "stalled": _stalled,
    "alive": _alive,
    "waiting": _waiting,
    "restarted": _restarted,
    "warning": _warning,
    "failed": _failed,
    "cancelled": _cancelled,
    "done": _done,
}
