"""Owns the table: one or two models, one scenario, the same lines said to all. Knows no Qt."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import LorewrightError
from studio.inference.errors import NoTemplate
from studio.language import _
from studio.play.records import Node
from studio.scenario.model import Scenario, Turn
from studio.ui.play.seat import Seat
from studio.ui.play.seat_state import SeatState

_BETWEEN_LOOKS = 0.02


@dataclass(slots=True)
class Table:
    """Up to two seats. They compute one after the other, since they share the machine's cores."""

    make_seat: Callable[[], Seat]
    seats: list[Seat] = field(default_factory=list)
    scenario: Scenario | None = None
    seed: int = 1
    told: tuple[Turn, ...] = ()
    hides: Callable[[], bool] = lambda: False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _saying: int = 0
    _stops: int = 0

    def __post_init__(self) -> None:
        self.seats = [self.make_seat()]

    @property
    def busy(self) -> bool:
        """Whether a model writes or waits to."""
        return self._saying > 0 or any(seat.state in (SeatState.WRITING, SeatState.LOADING) for seat in self.seats)

    @property
    def can_play(self) -> bool:
        """Whether a line can be said to at least one model."""
        return not self.busy and any(seat.can_play for seat in self.seats)

    @property
    def untouched(self) -> bool:
        """Whether nothing was said yet."""
        return all(seat.session is None or not seat.session.nodes for seat in self.seats)

    def second(self) -> Seat:
        """The second seat; it is added where there is none."""
        if len(self.seats) < 2:
            self.seats.append(self.make_seat())
        return self.seats[1]

    async def drop_second(self) -> None:
        """Lets the second model go."""
        if len(self.seats) > 1:
            await self.seats.pop().close()

    async def seat_model(self, number: int, path: Path, named: str = "", *, join: bool = False) -> None:
        """Loads a model at a seat; a play that is under way there goes on with it.

        One that joins hears what was told at the first seat, and answers the line that was said last.
        """
        seat = self.seats[number]
        if await seat.load(path, named) and seat.session is None and self.scenario is not None:
            steps = self._so_far() if join else ()
            self._begin_at(seat, self.scenario, () if steps else self.told)
            self._follow(seat, steps)
            await self.go_on([seat])

    def _follow(self, seat: Seat, steps: Sequence[Node]) -> None:
        """Has a play go on from these of the first seat's."""
        first = self.seats[0].session
        if seat.session is not None and first is not None and steps:
            seat.session.follow(first, steps)
            seat.show()

    def _so_far(self) -> tuple[Node, ...]:
        """The story at the first seat up to the line that was said last, with all that was done beside it."""
        session = self.seats[0].session
        steps = session.steps() if session is not None else ()
        last = max((place for place, node in enumerate(steps) if node.kind == "User"), default=-1)
        return tuple(steps[: last + 1])

    def begin(self, scenario: Scenario, seed: int, told: Sequence[Turn] = ()) -> None:
        """A new play for every model at the table, after the turns that are told already."""
        self.scenario, self.seed, self.told = scenario, seed, tuple(told)
        for seat in self.seats:
            self._begin_at(seat, scenario, self.told)

    def _begin_at(self, seat: Seat, scenario: Scenario, told: Sequence[Turn]) -> None:
        try:
            seat.begin(scenario, self.seed, told)
        except NoTemplate as error:
            seat.transcript.trouble(str(error), _("Choose how to speak to it"), deed="settings")
        except LorewrightError as error:
            seat.transcript.trouble(str(error))

    async def say(self, text: str, speaker: str = "") -> None:
        """Says one line to every model that can play, in turn."""
        await self._in_turn([seat for seat in self.seats if seat.can_play], lambda seat: seat.say(text, speaker))

    async def reopen(self, path: Path) -> Scenario | None:
        """Opens a session that was kept at the first seat, and lets the second model go; its scenario."""
        await self.rest()
        await self.drop_second()
        await self.seats[0].reopen(path)
        session = self.seats[0].session
        if session is not None:
            self.scenario, self.seed, self.told = session.scenario, session.seed, ()
        return self.scenario

    async def go_on(self, seats: Sequence[Seat] | None = None) -> None:
        """Has the narrator go on at every seat (or at these) where it is his turn."""
        due = [seat for seat in (self.seats if seats is None else seats) if seat.due]
        await self._in_turn(due, lambda seat: seat.go_on())

    async def _in_turn(self, playing: Sequence[Seat], play: Callable[[Seat], Awaitable[None]]) -> None:
        self._saying += 1
        stops = self._stops
        for seat in playing:
            seat.wait()
            if len(playing) > 1 and self.hides():
                seat.transcript.wait(_("Both answer. What they say is shown when the second is ready…"))
                seat.veil.draw()
        try:
            for seat in playing:
                async with self._turn:
                    await (play(seat) if self._stops == stops else _stopped(seat, play(seat)))
        finally:
            self._saying -= 1
            for seat in playing:
                seat.veil.lift()
                seat.waited()

    async def stop(self) -> None:
        """Ends what is being written, at the side that waits as well."""
        self._stops += 1
        for seat in self.seats:
            await seat.stop()

    async def rest(self) -> None:
        """Ends what is being written, and waits until nothing is."""
        while self.busy:
            await self.stop()
            await asyncio.sleep(_BETWEEN_LOOKS)

    async def leave(self) -> None:
        """Lets every model go."""
        for seat in self.seats:
            await seat.close()


async def _stopped(seat: Seat, playing: Awaitable[None]) -> None:
    """Says a line to a seat without waiting for the answer: the line stands there too, and can be answered later."""
    said = asyncio.ensure_future(playing)
    while not (await asyncio.wait({said}, timeout=_BETWEEN_LOOKS))[0]:
        await seat.stop()
    await said
