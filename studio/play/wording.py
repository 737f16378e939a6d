"""Owns words of a narrator's turn: without what does not stand, and what the rules put in front. Knows no session."""

import re
from collections.abc import Iterable, Sequence

from studio.language import _
from studio.rules import Party
from studio.scenario.model import ToolCall

_GAP = re.compile(r"\n{3,}")


def said_once(text: str, outcomes: Sequence[str]) -> str:
    """A text in which no outcome is said but that which opens it; a line that tells the other goes from there on."""
    opening = next((word for word in outcomes if text.startswith(word)), "")
    rest = text.removeprefix(opening)
    for word in outcomes:
        again = re.escape(word) + (r" ?" if word == opening else r"[^\n\[]*")
        rest = re.sub(again, "", rest)
    return (opening + _GAP.sub("\n\n", rest)).strip()


def ruled_outcome(text: str, opening: str, outcomes: Sequence[str]) -> str:
    """A text in which an outcome is said only as its `opening`, which the rules gave it; a lone word stays."""
    if opening.startswith(tuple(outcomes)):
        return said_once(text, outcomes) if sum(map(text.count, outcomes)) > 1 else text
    rest = re.sub("|".join(rf"(?<!\*){re.escape(word)}(?!\*) ?" for word in outcomes), "", text)
    return text if rest == text or not rest.strip() else _GAP.sub("\n\n", rest).strip()


def order(party: Party) -> str:
    """Who acts when in a fight that begins; nothing where none does."""
    names = [name for name, _total in party.combat.order] if party.combat is not None else []
    if not names:
        return ""
    first, *others = names
    told = [_("{name} acts first").format(name=first), *(_("then {name}").format(name=one) for one in others)]
    return f"{', '.join(told)}."


def without(text: str, calls: Iterable[ToolCall]) -> str:
    """A text without some of its calls."""
    gone = sorted(calls, key=lambda call: -call.span.start)
    for call in gone:
        text = text[: call.span.start].rstrip(" ") + text[call.span.end :]
    return _GAP.sub("\n\n", text) if gone else text
