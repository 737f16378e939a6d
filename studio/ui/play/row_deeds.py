"""Owns what can be done with a row of the chat: its words, its picture and its key. Knows no Qt and does nothing."""

from dataclasses import dataclass

from studio.language import N_
from studio.ui.cards.content import Said, Voice
from studio.ui.play.rows import Row


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do with a row. `keys` hold while the row is chosen; `on_bar` ones have a button beside it."""

    name: str
    title: str
    icon_name: str
    keys: tuple[str, ...] = ()
    on_bar: bool = False


DEEDS = (
    Deed("older", N_("The reply before"), "back", ("Left",), on_bar=True),
    Deed("newer", N_("The next reply"), "right", ("Right",), on_bar=True),
    Deed("retry", N_("Another reply"), "retry", ("R",), on_bar=True),
    Deed("continue", N_("Let the reply go on"), "start", ("O",), on_bar=True),
    Deed("edit", N_("Edit it here"), "edit", ("E", "F2"), on_bar=True),
    Deed("restore", N_("Put back what it said first"), "undo"),
    Deed("correct", N_("Correct this reply…"), "fix", ("C",), on_bar=True),
    Deed("good", N_("Mark it good"), "preference", ("G",), on_bar=True),
    Deed("bad", N_("Mark it bad"), "dislike", ("B",), on_bar=True),
    Deed("branch", N_("Go on from here"), "branch", ("H",)),
    Deed("insert", N_("Insert a turn below"), "add", ("I",)),
    Deed("delete", N_("Delete it"), "trash", ("Del",)),
    Deed("copy", N_("Copy the text"), "file", ("Ctrl+C",)),
    Deed("save", N_("Save as a scenario…"), "save", ("S",)),
)
"""In the order in which they are offered."""

BY_NAME = {deed.name: deed for deed in DEEDS}


def offered(row: Row, *, idle: bool, can_ask: bool) -> tuple[Deed, ...]:
    """What can be done with a row now: `idle` while nothing is written, `can_ask` while a model could write."""
    if row.node is None:
        return (BY_NAME["copy"],)
    reply = isinstance(row.content, Said) and row.content.voice is Voice.NARRATOR
    names = {"copy"}
    if idle:
        names |= {"branch", "insert", "delete", "save"}
        names |= {"edit"} if row.place == 0 else set()
        names |= {"restore"} if row.earlier else set()
        names |= {"correct", "good", "bad"} if reply else set()
        names |= {"retry"} if reply and can_ask else set()
        names |= {"continue"} if reply and can_ask and row.last else set()
        names |= {"older"} if row.version > 1 else set()
        names |= {"newer"} if row.version < row.versions else set()
    return tuple(deed for deed in DEEDS if deed.name in names)
