"""Owns the words of the game's log: every roll and every change, who it was and what came of it. Knows no Qt."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from studio.language import _
from studio.play.events import Applied
from studio.play.records import Node
from studio.play.session import Session
from studio.play.state import State
from studio.rules import Change
from studio.ui.cards.throw_words import spoken
from studio.ui.play.turn_rows import step_of, throw_of, thrown_card, written_throw


@dataclass(frozen=True, slots=True)
class LogLine:
    """What one turn or step came to. `alone`: it is a step beside the story, and can be taken out by itself."""

    node: int
    text: str
    alone: bool = False


def log_of(session: Session, most: int) -> tuple[LogLine, ...]:
    """What was thrown, changed and done, the latest first."""
    return tuple(islice(_told(session), most))


def _told(session: Session) -> Iterator[LogLine]:
    for node in reversed(session.steps()):
        for text in reversed(tuple(_lines(session, node, session.state(node.id)))):
            yield LogLine(node.id, text, alone=not node.is_turn)


def _lines(session: Session, node: Node, state: State) -> Iterator[str]:
    """What one turn or step came to, in the order in which it came about."""
    if node.kind == "hand":
        yield from (_("By hand: {change}").format(change=change_line(change)) for change in state.changes)
    elif node.kind == "throw" and state.thrown is not None:
        by_skill = (node.asked or {}).get("skill")
        yield _one_line(spoken(thrown_card(state.thrown, node.asked or {}))) if by_skill else state.thrown.sentence
    elif node.kind == "act" and state.act is not None:
        yield from _with_order(state.act.sentence, state.act.changes)
    elif node.kind == "TOOLCALL":
        yield from _result(session, node, state)
    for deed in state.deeds:
        if isinstance(deed, Applied) and deed.resolution.line is None:
            yield from _with_order(deed.resolution.sentence, deed.resolution.changes)


def _result(session: Session, node: Node, state: State) -> Iterator[str]:
    """A roll that the narrator asked for; what the rules wrote for a step is told by the step."""
    if state.answered is None and step_of(session, node) is not None:
        return
    card = throw_of(state.answered) if state.answered is not None else None
    card = card or written_throw(node.text)
    yield _one_line(spoken(card) if card is not None else node.text)


def _with_order(sentence: str, changes: Iterable[Change]) -> Iterator[str]:
    """What was done, and where a fight begins with it who acts when."""
    yield sentence
    for change in changes:
        if change.field == "combat" and change.after and change.after not in sentence:
            yield _("Initiative: {order}").format(order=change.after)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def change_line(change: Change) -> str:
    """One change for the log."""
    before, after = change.before or _("nothing"), change.after or _("nothing")
    return _("{who}: {field} {before} → {after}").format(
        who=change.who, field=_field_word(change.field), before=before, after=after
    )


def _field_word(name: str) -> str:
    words = {
        "health": _("health"),
        "inventory": _("inventory"),
        "conditions": _("conditions"),
        "level": _("level"),
        "experience": _("experience"),
    }
    return words.get(name, name)
