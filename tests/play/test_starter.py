"""Whole sessions with the starter model: the same twice, gone on with as if never left, no more read than is new."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from studio.inference.engine import Generation, LlamaEngine, Sampling
from studio.play.events import Applied, PlayEvent, TurnAdded
from studio.play.session import Session, open_session
from studio.rules import HandChange, Throw
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import TEXT, same

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]
STARTER = Path(__file__).parents[2] / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
SHORT = Sampling(max_tokens=8)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[LlamaEngine]:
    loaded = await LlamaEngine.load(STARTER, context=1024)
    yield loaded
    await loaded.close()


def nobody(_event: PlayEvent) -> None:
    """Hears nothing."""


async def _evening(session: Session, upto: int = 6, begin: int = 0) -> None:
    """A part of an evening at the table: talk, dice, a sheet by hand, a fight."""
    for part in range(begin, upto):
        match part:
            case 0:
                await session.say("I look over the marsh.", nobody)
            case 1:
                session.throw(Throw(skill="stealth", who="Wren"), tell=True)
                await session.narrate(nobody)
            case 2:
                session.hand(HandChange("Wren", "health", delta=-2))
                await session.retry(nobody)
            case 3:
                session.act(Deed("begin"))
                session.act_by_rules()
                session.act(Deed("next"))
            case 4:
                await session.narrate(nobody)
            case _:
                await session.say("I run.", nobody)


def _told(session: Session) -> list[object]:
    return [(node.kind, node.text, node.random) for node in session.steps()]


async def _first(engine: LlamaEngine, path: Path) -> Session:
    session = open_session(parse(TEXT).scenario, engine, seed=11, sampling=SHORT, file=path, model_hash="aa")
    await _evening(session)
    return session


async def _with_a_break(engine: LlamaEngine, path: Path) -> Session:
    session = open_session(parse(TEXT).scenario, engine, seed=11, sampling=SHORT, file=path, model_hash="aa")
    await _evening(session, 4)
    session.close()
    again = Session.reopen(path, engine, model="aa", sampling=SHORT)
    same(session, again)
    await _evening(again, begin=4)
    return again


async def test_a_session_is_the_same_twice_and_gone_on_with_as_if_never_left(
    engine: LlamaEngine, tmp_path: Path
) -> None:
    fresh = await LlamaEngine.load(STARTER, context=1024)  # what a cache holds may turn over words that are near
    try:
        once, again = await _first(engine, tmp_path / "1.jsonl"), await _with_a_break(fresh, tmp_path / "2.jsonl")
    finally:
        await fresh.close()
    assert _told(again) == _told(once)
    assert again.party == once.party
    other = open_session(parse(TEXT).scenario, engine, seed=12, sampling=SHORT)
    other.throw(Throw(skill="stealth", who="Wren"))
    assert other.steps()[0].text != next(node.text for node in once.steps() if node.kind == "throw")


async def test_a_turn_reads_only_what_is_new(engine: LlamaEngine) -> None:
    session = open_session(parse(TEXT).scenario, engine, seed=1, sampling=SHORT)
    heard: list[Generation] = []

    def hear(event: PlayEvent) -> None:
        if isinstance(event, TurnAdded) and event.generation is not None:
            heard.append(event.generation)

    for line in ("I look around.", "I go on.", "I climb the wall and look over it."):
        await session.say(line, hear)
        before = len(heard)
        new = len((await engine.tokenise([(line, False)]))[0])
        first = next(one for one in heard[-before:] if one is heard[-1])
        if before > 1:
            around = 16  # the marks of two turns, and the last word, of which the cache holds no place yet
            assert first.prompt_tokens - first.reused <= new + around
            assert first.reused > heard[-2].prompt_tokens


async def test_held_to_whole_calls_even_a_wild_model_writes_none_that_is_malformed(engine: LlamaEngine) -> None:
    wild = Sampling(max_tokens=24, temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, seed=5)
    session = open_session(parse(TEXT).scenario, engine, seed=1, sampling=wild, grammar=True)
    session.insert(None, "DM", "The stone falls on you. [damage: Wren 3] [roll: stealth]")
    await session.say("[roll: stealth] [damage: Wren 2] [heal: Wren 1] Again, Dungeon Master:", nobody)
    for node in session.path():
        if node.kind == "DM" and node.stop != "length":
            assert node.text.count("[") == node.text.count("]")
    assert session.faults.malformed == 0
    assert all(isinstance(deed, Applied) for deed in session.state(session.path()[0].id).deeds)
