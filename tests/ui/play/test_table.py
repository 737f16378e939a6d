"""The table: one line said to all, one after the other, by engines whose replies are fixed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studio.chat import Message
from studio.errors import Cancelled, InputError
from studio.inference.engine import Generation
from studio.play.log import read_session
from studio.rules import HandChange
from studio.rules.combat import Deed
from studio.scenario import Scenario, parse
from studio.ui.cards.content import Said, Throw
from studio.ui.play.rows import Trouble
from studio.ui.play.seat import Seat
from studio.ui.play.seat_state import SeatState
from studio.ui.play.table import Table
from tests.ui.play.engines import FixedEngine

SHEET = "# Party\n\n## Wren\n- Health: 20/26\n- Skills: Stealth +6\n"
SCENARIO = f"---\nplayer: Wren\n---\n<SYSTEM>\n# Role\nDM.\n\n{SHEET}</SYSTEM>\n"


class Engine(FixedEngine):
    """Writes with token ids of its own, where its name is among those that do."""

    def ids(self, text: str) -> tuple[int, ...]:
        return OTHER_IDS if self.card.name in OWN_TOKENS else super().ids(text)


OWN_TOKENS = ("base", "changed")
OTHER_IDS = (900_001, 900_002)
"""Token ids that mean something to some models only."""

REPLIES = {
    "base": ["The ford is a ford."],
    "changed": ["It freezes."],
    "tuned": ["The water tugs at your knees.\n\n[roll: stealth dc 1]", " Nobody hears you. [damage: Wren 3]"],
}


async def engine_for(path: Path) -> Engine:
    if path.stem not in REPLIES:
        raise InputError(detail=f"{path.name} is no model")
    return Engine(path, REPLIES[path.stem])


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    made = Table(lambda: Seat(tmp_path / "sessions", load_engine=engine_for))
    yield made
    await made.leave()


@pytest.fixture
def scenario() -> Scenario:
    return parse(SCENARIO).scenario


async def test_both_models_answer_the_same_line_and_the_rules_roll(table: Table, scenario: Scenario) -> None:
    table.begin(scenario, 7)
    table.second()
    await table.seat_model(0, Path("base.gguf"))
    await table.seat_model(1, Path("tuned.gguf"))
    assert table.can_play and table.untouched
    await table.say("I wade across.")
    base, tuned = table.seats
    assert [entry.text for entry in base.transcript.contents if isinstance(entry, Said)] == [
        "I wade across.",
        "The ford is a ford.",
    ]
    (card,) = [entry for entry in tuned.transcript.contents if isinstance(entry, Throw)]
    assert card.total == card.natural + 6
    assert tuned.session is not None and tuned.session.party.find("Wren").health == (17, 26)
    assert not table.untouched and not table.busy
    assert tuned.speed.tokens_per_second and tuned.speed.context == 4096


async def test_the_same_seed_gives_the_same_dice(table: Table, scenario: Scenario) -> None:
    faces = []
    for _again in range(2):
        await table.seat_model(0, Path("tuned.gguf"))
        table.begin(scenario, 7)
        await table.say("I wade across.")
        faces += [entry.natural for entry in table.seats[0].transcript.contents if isinstance(entry, Throw)]
    assert len(faces) == 2 and faces[0] == faces[1]


async def test_a_model_that_is_none_leaves_a_card_and_the_other_side_playing(table: Table, scenario: Scenario) -> None:
    table.begin(scenario, 7)
    table.second()
    await table.seat_model(0, Path("base.gguf"))
    await table.seat_model(1, Path("nothing.gguf"))
    assert table.seats[1].state is SeatState.LOST
    assert any(isinstance(entry, Trouble) and entry.action for entry in table.seats[1].transcript.contents)
    await table.say("I wade across.")
    assert len(table.seats[0].transcript.contents) == 2
    await table.drop_second()
    assert len(table.seats) == 1


async def test_an_unexpected_failure_leaves_no_seat_writing_or_waiting(
    table: Table, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.begin(scenario, 7)
    table.second()
    for number in (0, 1):
        await table.seat_model(number, Path("base.gguf"))
    first, second = table.seats
    assert first.engine is not None

    async def full(*_arguments: object) -> Generation:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(first.engine, "answer", full)
    with pytest.raises(OSError, match="No space"):
        await table.say("I wade across.")
    assert (first.state, second.state) == (SeatState.READY, SeatState.READY) and table.can_play
    assert any(isinstance(entry, Trouble) and "No space" in entry.text for entry in first.transcript.contents)


async def last_messages_after(table: Table, second: Path) -> tuple[Message, ...]:
    """The chat that the model seated in the middle of a play is given."""
    await table.say("I wade across.")
    await table.seat_model(0, second)
    engine = table.seats[0].engine
    assert isinstance(engine, FixedEngine)
    await table.say("I go on.")
    return engine.asks[-1].messages


async def test_another_model_never_sees_the_token_ids_of_the_one_before(
    table: Table, scenario: Scenario, tmp_path: Path
) -> None:
    base, tuned = tmp_path / "base.gguf", tmp_path / "tuned.gguf"
    base.write_bytes(b"one")
    tuned.write_bytes(b"two")
    await table.seat_model(0, base)
    table.begin(scenario, 7)
    said = await last_messages_after(table, tuned)
    assert OTHER_IDS not in [one.ids for one in said]
    assert "The ford is a ford." in [one.content for one in said], "the turn is there, encoded anew"


async def test_the_same_model_loaded_again_is_sent_what_it_generated(
    table: Table, scenario: Scenario, tmp_path: Path
) -> None:
    base, same = tmp_path / "base.gguf", tmp_path / "changed.gguf"
    base.write_bytes(b"one")
    same.write_bytes(b"one")
    await table.seat_model(0, base)
    table.begin(scenario, 7)
    assert OTHER_IDS in [one.ids for one in await last_messages_after(table, same)]


async def test_the_session_names_its_model_by_its_hash(table: Table, scenario: Scenario, tmp_path: Path) -> None:
    base = tmp_path / "base.gguf"
    base.write_bytes(b"one")
    await table.seat_model(0, base)
    table.begin(scenario, 7)
    session = table.seats[0].session
    assert session is not None and session.file is not None
    header = read_session(session.file.path).header
    assert header.model == hashlib.sha256(b"one").hexdigest()


class Endless(FixedEngine):
    """Answers nothing until it is stopped."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.halt = asyncio.Event()

    async def answer(self, *asked: object, **_more: object) -> Generation:
        self.halt.clear()
        self.asks.append(asked[0])  # type: ignore[arg-type]  # as it came
        await self.halt.wait()
        raise Cancelled

    async def stop(self) -> None:
        self.halt.set()


async def test_one_stop_ends_both_and_the_line_stands_at_both(tmp_path: Path, scenario: Scenario) -> None:
    async def endless(path: Path) -> Endless:
        return Endless(path)

    table = Table(lambda: Seat(tmp_path / "sessions", load_engine=endless))
    table.second()
    table.begin(scenario, seed=3)
    for number, name in enumerate(("base", "changed")):
        await table.seat_model(number, Path(f"{name}.gguf"))
    saying = asyncio.create_task(table.say("I look."))
    first, second = (seat.engine for seat in table.seats)
    assert isinstance(first, Endless) and isinstance(second, Endless)
    while not first.asks:
        await asyncio.sleep(0)
    await table.stop()
    await asyncio.wait_for(saying, 20)
    for seat in table.seats:
        assert seat.session is not None and [node.text for node in seat.session.path()] == ["I look."]
        card = seat.transcript.contents[-1]
        assert isinstance(card, Trouble) and card.action == "Go on"
        assert seat.due and seat.state is SeatState.READY
    await table.leave()


async def test_a_model_that_joins_a_fight_stands_where_the_first_one_stood(table: Table) -> None:
    wolf = "\n## Wolf\n- Enemy\n- Health: 40/40\n- Skills: Attack +3\n"
    table.begin(parse(SCENARIO.replace("</SYSTEM>", f"{wolf}</SYSTEM>")).scenario, 7)
    await table.seat_model(0, Path("base.gguf"))
    first = table.seats[0]
    first.change(lambda session: session.act(Deed("begin")))
    first.change(lambda session: session.hand(HandChange("Wren", "health", delta=-2)))
    await table.say("I look at it.")
    table.second()
    await table.seat_model(1, Path("changed.gguf"), join=True)
    second = table.seats[1].session
    assert first.session is not None and second is not None
    said = next(node.id for node in first.session.path() if node.kind == "User")
    there = next(node.id for node in second.path() if node.kind == "User")
    assert second.state(there).party == first.session.state(said).party
    assert second.party.combat is not None
    assert [one.text for one in table.seats[1].transcript.contents if isinstance(one, Said)][-1] == "It freezes."
