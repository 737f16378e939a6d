"""Owns how a play looks in a terminal: plain lines for scripts and pipes, colour and cards where there is a terminal.

Knows what a session tells and nothing of what a person wants. Plain lines say the same twice: no clock is in them.
"""

import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from studio.inference.engine import Generation
from studio.language import _
from studio.play.events import (
    Acted,
    Advised,
    Applied,
    Dropped,
    Malformed,
    Phase,
    PlayEvent,
    Refused,
    Stopped,
    TurnAdded,
    Wrote,
)
from studio.play.records import Node
from studio.play.standing import sheets
from studio.rules import Outcome, Party, Resolution

if TYPE_CHECKING:
    from rich.status import Status

_CALL = re.compile(r"\[[^\[\]\n]+\]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """A text without signs that a terminal would obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


class Plain:
    """Plain lines on a stream."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.thrower: Callable[[Node], str] = lambda _node: ""
        """Whose throw a result is, as the session that is shown knows it."""
        self._noted: list[str] = []
        """What was told beside the story that a turn of the rules' may tell again."""
        self._half = False
        """Whether the narrator's words stand in a line that has no end yet."""

    def hear(self, event: PlayEvent) -> None:
        """Shows what a session tells."""
        match event:
            case Wrote(text):
                self.words(harmless(text))
            case TurnAdded(node, generation, resolution):
                self.turn(node, generation, resolution)
            case Applied(resolution):
                self.dice(resolution)
            case Refused(call, reason) | Malformed(call, reason):
                self.note(f"{call.text}: {reason}")
            case Dropped(call, reason):
                self.note(_("{call} is not carried out: {reason}").format(call=call.text, reason=reason))
            case Acted(_node, act):
                self.note(act.sentence)
            case Stopped() as stopped:
                self.note(why_stopped(stopped))
            case Advised(kind, sentence):
                self.advice(kind, sentence)
            case Phase(name, read, of):
                self.phase(name, read, of)
            case _:
                pass

    def turn(self, node: Node, generation: Generation | None, resolution: Resolution | None) -> None:
        """A turn that now stands; what came as words is there already, and what a call came to is told by itself."""
        if node.kind == "User":
            self._noted.clear()
            self.player(harmless(node.content))
        elif node.kind == "DM" and generation is None:
            if told := self._untold(node):
                self.words(harmless(told))
                self.ends(None)
        elif node.kind == "DM":
            self.ends(generation)
            if node.stop == "nothing":
                self.note(_("The narrator said nothing. /retry asks again."))
        elif resolution is None:
            who = self.thrower(node)
            self.card(f"{who}: {node.text}" if who else node.text, None)

    def _untold(self, node: Node) -> str:
        """What of a turn was not told yet: the rules' sentence was, and then calls alone say nothing more."""
        noted = [one for one in self._noted if node.ruled and one in node.text]
        told = node.text
        for one in noted:
            told = told.replace(one, "")
            self._noted.remove(one)
        return "" if noted and not _CALL.sub("", told).strip() else told.strip()

    def words(self, text: str) -> None:
        """A stretch of the narrator's words."""
        print(text, end="", file=self.stream, flush=True)
        self._half = bool(text)

    def breaks_off(self) -> None:
        """What was being said is not said to its end: the line it stands in is."""
        self.rest()
        if self._half:
            self.ends(None)

    def player(self, text: str) -> None:
        """What the player said."""
        print(f"> {text}\n", file=self.stream)

    def ends(self, _generation: Generation | None) -> None:
        """The narrator's turn is over."""
        print(file=self.stream)
        self._half = False

    def dice(self, resolution: Resolution) -> None:
        """What a call came to."""
        self.note(resolution.sentence)

    def card(self, text: str, _outcome: Outcome | None) -> None:
        """Dice as they fell."""
        self.note(text)

    def note(self, text: str) -> None:
        """A line beside the story."""
        self._noted.append(text)
        print(f"  · {harmless(text)}", file=self.stream)

    def advice(self, kind: str, sentence: str) -> None:
        """Another model would serve better; of speed and memory nothing is said here, for they differ each time."""
        if kind == "faults":
            self.note(sentence)

    def phase(self, _name: str, _read: int, _of: int) -> None:
        """What the model is doing: nothing that a script must know."""

    def party(self, party: Party) -> None:
        """The sheets as they stand."""
        if not party.sheets:
            return self.note(_("Nobody has a sheet here."))
        for name, fields in sheets(party).items():
            print(
                harmless(f"  {name}: " + "; ".join(f"{key} {value}" for key, value in fields.items())), file=self.stream
            )
        if party.combat is not None:
            order = ", ".join(f"{name} {total}" for name, total in party.combat.order)
            told = _("Round {n}: {order}").format(n=party.combat.round, order=order)
            print(f"  {harmless(told)}", file=self.stream)
        return None

    def rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Two columns."""
        width = max((len(left) for left, _right in rows), default=0)
        for left, right in rows:
            print(f"  {harmless(left):<{width}}  {harmless(right)}", file=self.stream)

    def rest(self) -> None:
        """Nothing moves any more, whatever was under way."""


class Rich(Plain):
    """The same in colour, with dice as cards, sheets as tables and the figures of each answer."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        super().__init__(stream)
        self.console = Console(file=stream, highlight=False, soft_wrap=True)
        self._status: Status | None = None

    def words(self, text: str) -> None:
        """A stretch of the narrator's words."""
        self.rest()
        self.console.out(text, end="", highlight=False)
        self._half = bool(text)

    def player(self, text: str) -> None:
        """What the player said is on the screen already."""
        self.console.print()

    def ends(self, generation: Generation | None) -> None:
        """The narrator's turn is over, with what it took."""
        self.rest()
        self.console.print()
        self._half = False
        if generation is not None and generation.tokens_per_second:
            told = _("first word after {first:.1f} s, {speed:.0f} tokens a second, {used} tokens read")
            first, used = generation.first_token_seconds or 0.0, generation.prompt_tokens
            figures = told.format(first=first, speed=generation.tokens_per_second, used=used)
            self.console.print(figures, style="dim", markup=False)

    def dice(self, resolution: Resolution) -> None:
        """A card for dice, a line for everything else."""
        if resolution.rolled is None:
            self.note(resolution.sentence)
            return
        dc = "" if resolution.dc is None else f"  DC {resolution.dc}"
        self.card(resolution.sentence + dc, resolution.outcome)

    def card(self, text: str, outcome: Outcome | None) -> None:
        """Dice as they fell, in a frame of the colour of how it went."""
        from rich.panel import Panel
        from rich.text import Text

        styles = {Outcome.SUCCESS: "green", Outcome.FAILURE: "red", None: "cyan"}
        self.console.print(Panel(Text(harmless(text)), border_style=styles[outcome], expand=False))

    def note(self, text: str) -> None:
        """A line beside the story."""
        self.rest()
        self._noted.append(text)
        self.console.print(f"· {harmless(text)}", style="dim", markup=False)

    def advice(self, _kind: str, sentence: str) -> None:
        """Another model would serve better."""
        self.note(sentence)

    def phase(self, name: str, read: int, of: int) -> None:
        """What the model is doing, on one line that goes away."""
        words = {"loading": _("loading"), "reading": _("reading"), "writing": _("writing")}
        share = f" {read / of:.0%}" if of else ""
        if name == "writing":
            self.rest()
        elif self._half:
            return  # a moving line would wipe away the words that stand in it, as *SUCCESS* before the rest is read
        elif self._status is None:
            self._status = self.console.status(f"{words[name]}{share}")
            self._status.start()
        else:
            self._status.update(f"{words[name]}{share}")

    def party(self, party: Party) -> None:
        """The sheets as a table."""
        from rich.table import Table
        from rich.text import Text

        if not party.sheets:
            return self.note(_("Nobody has a sheet here."))
        table = Table()
        for title in (_("Name"), _("Health"), _("Level"), _("Experience"), _("Inventory"), _("Conditions")):
            table.add_column(title)
        for sheet in party.sheets:
            fields = ("health", "level", "experience", "inventory", "conditions")
            cells = [sheet.name, *(sheet.told(name) for name in fields)]
            table.add_row(*(Text(harmless(cell)) for cell in cells))
        self.console.print(table)
        if party.combat is not None:
            told = _("Round {n}, {who} acts").format(n=party.combat.round, who=party.combat.whose or "")
            self.console.print(harmless(told), style="bold", markup=False)
        return None

    def rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Two columns."""
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for left, right in rows:
            table.add_row(Text(harmless(left), style="bold"), Text(harmless(right)))
        self.console.print(table)

    def rest(self) -> None:
        """The moving line goes away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def why_stopped(stopped: Stopped) -> str:
    """Why the narrator's turn is over though it would go on, and whose turn it is."""
    if stopped.acts:
        return _("Stopped after {n} acts by the rules; /go goes on.").format(n=stopped.acts)
    if stopped.alike:
        return _("Stopped: the same call came again and again ({call}). It is your turn.").format(call=stopped.alike)
    return _("Stopped after {n} calls in one turn. It is your turn.").format(n=stopped.calls)


def shown_on(stream: TextIO) -> Plain:
    """Colour where somebody looks on at a terminal, plain lines everywhere else."""
    if not (stream.isatty() and sys.stdin.isatty()):
        return Plain(stream)
    try:
        return Rich(stream)
    except ImportError:
        return Plain(stream)
