"""Owns what stands in the chat, row by row: what a session's turns come to, and what is told while it plays.

Rows of a turn are made once and kept for as long as the turn is what it was. Knows no Qt and no model.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from studio.language import _
from studio.play.events import Advised, Applied, Deed, Malformed, Phase, PlayEvent, Refused, Stopped, TurnAdded, Wrote
from studio.play.records import Node
from studio.play.session import Session
from studio.play.state import State
from studio.rules import Resolution, Rules
from studio.ui.cards.content import Said, Voice
from studio.ui.play.rows import Content, Edge, Remark, Row, Scene, Trouble, Wait
from studio.ui.play.turn_rows import (
    content_of,
    leave_out,
    notes_of,
    put_words,
    remark_of,
    rows_of,
    without_outcome,
)


def _nothing(_number: int) -> None:
    """A listener where nobody listens."""


def _renewed() -> None:
    """A listener where nobody listens."""


class _Made(NamedTuple):
    """The rows of a turn, and what they were made from; `below` are the turns and steps right beneath it."""

    node: Node
    state: State
    below: tuple[int, ...]
    rows: tuple[Row, ...]


@dataclass(slots=True)
class Transcript:
    """The rows in order. `added`, `changed` and `removed` are told a row's number, `renewed` that all may differ."""

    rules: Rules = field(default_factory=Rules.shipped)
    rows: list[Row] = field(default_factory=list)
    scene: Scene | None = None
    added: Callable[[int], object] = _nothing
    changed: Callable[[int], object] = _nothing
    removed: Callable[[int], object] = _nothing
    renewed: Callable[[], object] = _renewed
    _made: dict[int, _Made] = field(default_factory=dict)
    _own: list[tuple[int | None, Row]] = field(default_factory=list)
    _scene_row: Row | None = None
    _edge_row: Row | None = None
    _last: int | None = None
    _said_above: str = ""
    _alias: str = ""

    @property
    def contents(self) -> list[Content]:
        """What stands in the rows."""
        return [row.content for row in self.rows]

    # What the whole is

    def show(self, session: Session | None) -> None:
        """Shows the turns of a session's path, with what was told between them."""
        path = session.steps() if session is not None else ()
        self._last = path[-1].id if path else None
        self._said_above = self._said_by_rules(session)
        unfinished = self.rows[-1:] if self.writing else []
        rows = [*self._head()]
        rows += [row for after, row in self._own if after is None]
        own: dict[int | None, list[Row]] = {}
        for after, row in self._own:
            own.setdefault(after, []).append(row)
        unseen = session.seen() if session is not None else None
        dropped = unseen.dropped if unseen is not None else frozenset()
        for place, node in enumerate(path):
            assert session is not None
            if dropped and node.id not in dropped and place and path[place - 1].id in dropped:
                rows.append(self._edge(unseen.summary if unseen is not None else None))
            rows += self._rows_of(session, node, unseen=node.id in dropped)
            rows += own.get(node.id, ())
        self._forget({node.id for node in path})
        self._mark_last(rows)
        self.rows[:] = rows + unfinished
        self.renewed()

    def _said_by_rules(self, session: Session | None) -> str:
        """What will open the narrator's next turn and stands above it already, as what an act came to."""
        state = session.state() if session is not None else None
        decided = state is not None and state.telling is not None and state.telling.decides
        return without_outcome(state.opening, self.rules) if state is not None and decided else ""

    def keep_made(self, made: dict[int, _Made]) -> None:
        """Takes rows that were made elsewhere (`made_of`), for a session that is shown next."""
        self._made = made

    def clear(self) -> None:
        """Forgets everything: another session is shown."""
        self._made.clear()
        self._own.clear()
        self._edge_row = self._last = None
        self.rows[:] = [*self._head()]
        self.renewed()

    def _forget(self, path: set[int]) -> None:
        self._own = [(after, row) for after, row in self._own if after is None or after in path]

    def _head(self) -> Iterator[Row]:
        if self.scene is not None:
            if self._scene_row is None or self._scene_row.content != self.scene:
                self._scene_row = Row(self.scene)
            yield self._scene_row

    def _edge(self, summary: str | None) -> Row:
        edge = Edge(summary or "")
        if self._edge_row is None or self._edge_row.content != edge:
            self._edge_row = Row(edge)
        return self._edge_row

    def _rows_of(self, session: Session, node: Node, *, unseen: bool) -> tuple[Row, ...]:
        """The rows of a turn; the same as before where nothing of it changed."""
        state = session.state(node.id)
        made, below = self._made.get(node.id), session.tree.children(node.id)
        if made is None or made.node is not node or made.state is not state or made.below != below:
            fresh = tuple(rows_of(node, state, session, self.rules))
            if made is not None and len(made.rows) == len(fresh):
                fresh = tuple(_kept(old, new) for old, new in zip(made.rows, fresh, strict=True))
            made = self._made[node.id] = _Made(node, state, below, fresh)
        versions = session.siblings(node.id)
        tree = session.tree
        looks = _Looks(
            versions.index(node.id) + 1, len(versions), tree.marks.get(node.id, ""), notes_of(session, node),
            tree.earlier.get(node.id, ""),
        )  # fmt: skip
        if all(_looks_so(row, looks, unseen=unseen) for row in made.rows):
            return made.rows
        rows = tuple(_looking(row, looks, unseen=unseen) for row in made.rows)
        self._made[node.id] = made._replace(rows=rows)
        return rows

    def _mark_last(self, rows: list[Row]) -> None:
        """The last reply has its buttons beneath it."""
        found = next((n for n in reversed(range(len(rows))) if _is_reply(rows[n])), None)
        for number, row in enumerate(rows):
            wanted = number == found
            if row.last != wanted:
                rows[number] = fresh = _copy(row, last=wanted)
                self._swap(row, fresh)

    def _swap(self, old: Row, new: Row) -> None:
        made = self._made.get(old.node) if old.node is not None else None
        if made is not None and old.node is not None:
            rows = tuple(new if row is old else row for row in made.rows)
            self._made[old.node] = made._replace(rows=rows)

    # What is told while it plays

    def take(self, event: PlayEvent) -> None:
        """Takes in one event of the session."""
        match event:
            case Wrote(text):
                self.wait(None)
                self._write(text)
            case Phase():
                self.wait(phase_words(event), event.read / event.of if event.of and event.name == "reading" else None)
            case TurnAdded(node, _generation, resolution):
                self.wait(None)
                self._turn(node, resolution)
            case Applied() | Refused() | Malformed():
                self._deed(event)
            case Stopped():
                self.remark("warning", _stopped(event))
            case Advised(_kind, sentence):
                self._put_own(Row(Trouble(sentence, _("Choose another model"), "hint", "model")))
            case _:
                pass

    def trouble(self, text: str, action: str = "", kind: str = "warning", deed: str = "again") -> None:
        """Adds a card that says what went wrong; what was being written stays, marked as broken off."""
        self.wait(None)
        self.break_off()
        self._put_own(Row(Trouble(text, action, kind, deed, self._alias)))

    def hide_name(self, alias: str) -> None:
        """Leaves out what would tell the model, which is called by an alias; an empty one tells it again."""
        self._alias = alias
        for _after, row in self._own:
            if isinstance(row.content, Trouble):
                row.content = replace(row.content, alias=alias)
                if row in self.rows:
                    self.changed(self.rows.index(row))

    def answered(self, deed: str) -> None:
        """Takes away the cards that asked for something that is done now."""
        asking = [row for _after, row in self._own if isinstance(row.content, Trouble) and row.content.deed == deed]
        self._own = [(after, row) for after, row in self._own if row not in asking]
        if asking:
            self.rows[:] = [row for row in self.rows if row not in asking]
            self.renewed()

    def remark(self, kind: str, text: str) -> None:
        """Adds a line of our own."""
        self.wait(None)
        self._put_own(Row(Remark(kind, text)))

    def wait(self, text: str | None, share: float | None = None) -> None:
        """A dim line at the end while nothing is written yet; None takes it away."""
        last = self.rows[-1] if self.rows else None
        if last is not None and isinstance(last.content, Wait):
            if text is not None:
                if (last.content.text, last.content.share) != (text, share) and not self.writing:
                    last.content.text, last.content.share = text, share
                    self.changed(len(self.rows) - 1)
                return
            self.rows.pop()
            self.removed(len(self.rows))
        elif text is not None and not self.writing:
            self._put(Row(Wait(text, share)))

    def break_off(self) -> None:
        """Ends the bubble that is being written; it is no part of the play."""
        entry = self._open()
        if entry is not None:
            entry.open, entry.broken = False, True
            self._own.append((self._last, self.rows[-1]))
            self.changed(len(self.rows) - 1)

    def lift(self, node: int) -> None:
        """Takes the rows of the last turn away: it is written on, and comes back whole."""
        while self.rows and self.rows[-1].node == node:
            self.rows.pop()
            self.removed(len(self.rows))

    @property
    def writing(self) -> bool:
        """Whether a bubble is being written."""
        return self._open() is not None

    def _open(self) -> Said | None:
        last = self.rows[-1].content if self.rows else None
        return last if isinstance(last, Said) and last.open else None

    def _write(self, text: str) -> None:
        entry = self._open()
        if entry is None:
            entry = Said(Voice.NARRATOR, open=True)
            put_words(entry, text, self.rules)
            if self._said_above and entry.text.strip() == self._said_above:
                entry.text = ""
            self._put(Row(entry))
            return
        put_words(entry, text, self.rules)
        self.changed(len(self.rows) - 1)

    def _turn(self, node: Node, resolution: Resolution | None) -> None:
        self._last = node.id
        if self._open() is not None:
            self.rows.pop()
            self.removed(len(self.rows))
        content = content_of(node, resolution, self.rules)
        if isinstance(content, Said) and node.kind == "DM":
            leave_out(content, self._said_above)
        self._put(Row(content, node.id))

    def _deed(self, deed: Deed) -> None:
        """Takes the call out of the prose. What it did is a remark; a roll's card comes with its TOOLCALL turn."""
        number = next((n for n in reversed(range(len(self.rows))) if isinstance(self.rows[n].content, Said)), None)
        entry = self.rows[number].content if number is not None else None
        if isinstance(deed, Applied) and isinstance(entry, Said) and deed.resolution.call.text in entry.text:
            assert number is not None
            entry.calls = (*entry.calls, deed.resolution.call.text)
            self.changed(number)
        remark = remark_of(deed)
        if remark is not None and not self._again(remark):
            self._put(Row(remark, self._last, place=1))

    def _again(self, remark: Remark) -> bool:
        """Counts a remark that says the same as the one before it."""
        last = self.rows[-1].content if self.rows else None
        if not isinstance(last, Remark) or (last.kind, last.text) != (remark.kind, remark.text):
            return False
        last.times += 1
        self.changed(len(self.rows) - 1)
        return True

    def _put_own(self, row: Row) -> None:
        if isinstance(row.content, Remark) and self._again(row.content):
            return
        self._own.append((self._last, row))
        self._put(row)

    def _put(self, row: Row) -> None:
        self.rows.append(row)
        self.added(len(self.rows) - 1)


def made_of(session: Session) -> dict[int, _Made]:
    """The rows of a session's path; on whatever thread, since nothing is told of it."""
    transcript = Transcript(session.rules)
    transcript.show(session)
    return transcript._made


def _is_reply(row: Row) -> bool:
    return isinstance(row.content, Said) and row.content.voice is Voice.NARRATOR and row.node is not None


def _copy(row: Row, **changes: object) -> Row:
    return replace(row, **changes)  # type: ignore[arg-type]  # fields of Row


def _kept(old: Row, new: Row) -> Row:
    return old if (old.content, old.node, old.place) == (new.content, new.node, new.place) else new


class _Looks(NamedTuple):
    """What became of a turn; the names are those of a row."""

    version: int
    versions: int
    mark: str = ""
    notes: tuple[str, ...] = ()
    earlier: str = ""


def _looks_so(row: Row, looks: _Looks, *, unseen: bool) -> bool:
    """Whether a row shows what became of its turn; only the first of a turn's rows shows all of it."""
    if row.unseen is not unseen or row.version != looks.version or row.versions != looks.versions:
        return False
    return row.place != 0 or (row.mark, row.notes, row.earlier) == looks[2:]


def _looking(row: Row, looks: _Looks, *, unseen: bool) -> Row:
    """The row with what became of its turn; the same one where that is as before."""
    if _looks_so(row, looks, unseen=unseen):
        return row
    return _copy(row, **(looks if row.place == 0 else _Looks(*looks[:2]))._asdict(), unseen=unseen)


def _stopped(event: Stopped) -> str:
    if event.acts:
        return _("Stopped after {n} acts by the rules. Say something to go on.").format(n=event.acts)
    if event.alike:
        text = _("Stopped: the narrator called {call} again and again. Say something to go on.")
        return text.format(call=event.alike)
    return _("Stopped after {n} calls in one turn. Say something to go on.").format(n=event.calls)


def phase_words(phase: Phase) -> str:
    """What the model is doing, for people."""
    if phase.name == "loading":
        return _("The model is loading…")
    if phase.name == "writing":
        return _("The narrator begins to write…")
    if phase.of:
        return _("The narrator reads… {percent}%").format(percent=round(100 * phase.read / phase.of))
    return _("The narrator reads…")
