"""Owns how a change of a session is called when it is taken back or done again; knows no window."""

from studio.language import N_, _
from studio.play.tree import Done

_LONGEST = 40

_FIRST = (("User",), ("act", "throw", "hand"))
"""What a change was for: a line before what came of it, a step before what the rules wrote for it."""

_CALLED = {
    "User": N_("what was said"),
    "DM": N_("the narrator's turn"),
    "TOOLCALL": N_("a result"),
    "tip": N_("going to another turn"),
    "edit": N_("the change of a turn"),
    "insert": N_("the inserted turn"),
    "delete": N_("the deletion of a turn"),
    "hand": N_("the change of a sheet"),
    "throw": N_("the dice"),
    "act": N_("the act"),
    "mark": N_("the mark"),
    "correct": N_("the correction"),
    "summary": N_("the summary"),
}


def undone(done: Done) -> str:
    """What was taken back, as a sentence."""
    return _("Taken back: {what}.").format(what=_what(done))


def redone(done: Done) -> str:
    """What was done again, as a sentence."""
    return _("Done again: {what}.").format(what=_what(done))


def _what(done: Done) -> str:
    """The change by what it was for: moving the tip alone counts where nothing else was done."""
    told = [one for one in done.events if one.kind != "tip"] or done.events
    wished = [one for one in told if not getattr(one, "cause", "")]  # what the fight did by itself came of the rest
    event = next((one for kinds in _FIRST for one in wished if one.kind in kinds), told[0])
    called = _(_CALLED[event.kind]) if event.kind in _CALLED else event.kind
    text = " ".join(str(getattr(event, "text", "")).split())
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"
    return f"{called} (“{short}”)" if short else called
