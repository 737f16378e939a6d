"""Owns what one line of the chat is: what stands in it, and to which turn of the story it belongs. Knows no Qt."""

from dataclasses import dataclass, field

from studio.language import _
from studio.ui.cards.content import Said, Throw, Voice
from studio.ui.cards.throw_words import spoken as spoken_throw


@dataclass(frozen=True, slots=True)
class Scene:
    """The head of a chat: what is played, and where it begins."""

    title: str
    place: str = ""


@dataclass(slots=True)
class Remark:
    """A line between the bubbles: a change of a sheet, a call that stayed text, a stop. `kind` picks its icon."""

    kind: str
    text: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Trouble:
    """A card that says what went wrong; `action` is the word of its one button (empty: none), `kind` its icon.

    `deed` is what the button does: go on or load `again`, choose another `model`, or change its `settings`.
    While its model has only an `alias`, what went wrong is left out: the words of a failure tell who failed.
    """

    text: str
    action: str = ""
    kind: str = "warning"
    deed: str = "again"
    alias: str = ""

    @property
    def shown(self) -> str:
        """What stands on the card."""
        if not self.alias or self.kind != "warning":
            return self.text
        return _("{alias} met a problem. What it was stands here once the names are shown.").format(alias=self.alias)


@dataclass(frozen=True, slots=True)
class Edge:
    """Where the model's sight begins: it no longer sees what is above, but for what `summary` keeps of it."""

    summary: str = ""


@dataclass(slots=True)
class Wait:
    """What the model does while nothing is written yet; `share` is how far it is, where that is known."""

    text: str
    share: float | None = None


Content = Scene | Said | Throw | Remark | Trouble | Edge | Wait


@dataclass(eq=False, slots=True, weakref_slot=True)
class Row:
    """One line of the chat. `node` is the turn it belongs to; `place` counts the rows of one turn.

    `version` of `versions` says which of the replies in this place it is; `notes` are words on what became of it,
    `earlier` what it said before somebody edited it.
    """

    content: Content
    node: int | None = None
    place: int = 0
    version: int = 1
    versions: int = 1
    mark: str = ""
    notes: tuple[str, ...] = ()
    unseen: bool = False
    earlier: str = ""
    last: bool = field(default=False)

    def same(self, other: "Row") -> bool:
        """Whether the other row looks like this one."""
        return all(getattr(self, name) == getattr(other, name) for name in _LOOKS)

    @property
    def spoken(self) -> str:
        """The row as a sentence, for a screen reader and for a copy."""
        return " · ".join(filter(None, (_spoken(self.content), *self.told)))

    @property
    def told(self) -> tuple[str, ...]:
        """What stands small beneath it: which version it is, its mark, and what became of it."""
        words: list[str] = []
        if self.versions > 1:
            words.append(_("version {n} of {of}").format(n=self.version, of=self.versions))
        if self.mark:
            words.append(_("marked good") if self.mark == "good" else _("marked bad"))
        return (*words, *self.notes)


_LOOKS = ("content", "node", "place", "version", "versions", "mark", "notes", "unseen", "earlier", "last")


def speaker(said: Said) -> str:
    """Who says it, in a word."""
    return said.name or (_("You") if said.voice is Voice.PLAYER else _("Narrator"))


def _spoken(content: Content) -> str:
    match content:
        case Scene(title, place):
            return f"{title}. {place}"
        case Said():
            return f"{speaker(content)}: {content.text}"
        case Throw():
            return spoken_throw(content)
        case Trouble():
            return content.shown
        case Edge(summary):
            return " ".join(filter(None, (edge_words(), summary)))
        case _:
            return content.text


def edge_words() -> str:
    """What the line says at which the model's sight begins."""
    return _("The narrator no longer sees what is above.")
