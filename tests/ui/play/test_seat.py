"""A seat outlives its engine: a file that cannot be loaded, a process that dies, a stop in the middle."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from studio.inference.engine import LlamaEngine, Sampling
from studio.scenario import Scenario, parse
from studio.ui.cards.content import Said, Voice
from studio.ui.play.presets import Options
from studio.ui.play.rows import Trouble
from studio.ui.play.seat import Seat
from studio.ui.play.seat_state import SeatState
from studio.ui.workbench import Workbench
from studio.workspace import Workspace

pytestmark = pytest.mark.native

SCENARIO = """---
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Health: 20/26
- Skills: Stealth +6
</SYSTEM>
"""


@pytest.fixture
def scenario() -> Scenario:
    return parse(SCENARIO).scenario


def seat_in(folder: Path) -> Seat:
    return Seat(folder / "sessions", options=Options(Sampling(max_tokens=24)))


def troubles(seat: Seat) -> list[Trouble]:
    return [entry for entry in seat.transcript.contents if isinstance(entry, Trouble)]


async def writing(seat: Seat) -> None:
    """Waits until the first words stand."""
    for _try in range(600):
        if seat.transcript.writing:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nothing was written")


async def test_a_line_is_answered_and_the_figures_are_told(starter: Path, scenario: Scenario, tmp_path: Path) -> None:
    seat = seat_in(tmp_path)
    assert await seat.load(starter)
    seat.begin(scenario, 3)
    await seat.say("I wade across the ford.")
    player, narrator = seat.transcript.contents[:2]
    assert isinstance(player, Said) and player.voice is Voice.PLAYER
    assert isinstance(narrator, Said) and narrator.text and not narrator.open
    assert seat.speed.tokens_per_second and seat.speed.first_token_seconds
    assert 0 < (seat.speed.context_used or 0) < seat.speed.context
    assert list((tmp_path / "sessions").glob("*.jsonl"))
    await seat.close()


async def test_a_cut_file_is_a_card_with_the_reason(starter: Path, scenario: Scenario, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(starter.read_bytes()[:3_000_000])
    seat = seat_in(tmp_path)
    assert not await seat.load(cut)
    assert seat.state is SeatState.LOST
    assert troubles(seat)[0].action
    assert "cut.gguf" in troubles(seat)[0].text
    assert await seat.load(starter), "another model can be loaded after it"
    await seat.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
async def test_a_model_that_dies_loses_no_session(starter: Path, scenario: Scenario, tmp_path: Path) -> None:
    seat = seat_in(tmp_path)
    seat.set_options(Options(Sampling(max_tokens=200)))
    await seat.load(starter)
    seat.begin(scenario, 3)
    telling = asyncio.create_task(seat.say("I wade across the ford."))
    await writing(seat)
    assert isinstance(seat.engine, LlamaEngine)
    os.kill(seat.engine.worker.pid, signal.SIGSEGV)
    await telling
    assert seat.state is SeatState.LOST
    (card,) = troubles(seat)
    assert "SIGSEGV" in card.text and card.action
    assert seat.session is not None and [node.kind for node in seat.session.path()] == ["User"]

    seat.session.sampling = Sampling(max_tokens=12)
    await seat.load_again()
    assert [node.kind for node in seat.session.path()][:2] == ["User", "DM"], "the play goes on where it stood"
    assert seat.state is SeatState.READY
    await seat.close()


async def test_stopped_words_stand_and_can_be_gone_on_with(starter: Path, scenario: Scenario, tmp_path: Path) -> None:
    seat = seat_in(tmp_path)
    seat.set_options(Options(Sampling(max_tokens=400)))
    await seat.load(starter)
    seat.begin(scenario, 3)
    telling = asyncio.create_task(seat.say("I wade across the ford."))
    await writing(seat)
    await seat.stop()
    await telling
    assert seat.state is SeatState.READY and seat.session is not None
    stopped = seat.session.path()[-1]
    assert (stopped.kind, stopped.stop) == ("DM", "stopped")
    assert "stopped by you" in seat.transcript.rows[-1].told and not troubles(seat)
    seat.session.sampling = Sampling(max_tokens=4)
    await seat.lengthen()
    longer = seat.session.path()[-1]
    assert longer.id == stopped.id and longer.text.startswith(stopped.text) and longer.text != stopped.text
    assert [row.node for row in seat.transcript.rows] == [1, 2]
    await seat.close()


async def test_the_starter_plays_on_from_turns_that_are_written(
    starter: Path, scenario: Scenario, tmp_path: Path
) -> None:
    turns = parse(f"{SCENARIO}\n<User>I hide in the reeds.</User>\n\n<DM>[roll: stealth]</DM>\n").scenario.turns
    seat = seat_in(tmp_path)
    assert await seat.load(starter)
    seat.begin(scenario, 3, turns)
    assert seat.due and [turn.speaker.value for turn in seat.played()] == ["TOOLCALL"]
    await seat.go_on()
    played = seat.played()
    assert [turn.speaker.value for turn in played[:2]] == ["TOOLCALL", "DM"]
    assert played[1].content.startswith(("*SUCCESS*", "*FAILED*"))
    assert not troubles(seat)
    await seat.close()


async def test_its_memory_can_be_had_by_a_training_and_the_play_goes_on_later(
    starter: Path, scenario: Scenario, tmp_path: Path
) -> None:
    bench, seat = Workbench(lambda: Workspace(tmp_path)), seat_in(tmp_path)
    await seat.load(starter)
    seat.begin(scenario, 3)
    engine = seat.engine
    assert isinstance(engine, LlamaEngine)
    (holder,) = [one for one in await bench.holders() if one.pid == engine.worker.pid]
    assert holder.what == starter.stem and holder.bytes > 1 << 20
    await bench.unload(holder)
    assert seat.state is SeatState.EMPTY and seat.session is not None and not engine.worker.alive
    assert engine.worker.pid not in {one.pid for one in await bench.holders()}
