"""What the model is shown: all of it while it fits, then without the oldest turns, with the sheets as they stood."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from studio.inference.engine import Ask, Generation, Sampling
from studio.play.events import PlayEvent, Refused
from studio.play.fitting import ContextFull, cuts, likely
from studio.play.health import Faults
from studio.play.log import SessionFile
from studio.play.records import SessionHeader
from studio.play.session import Session
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import session_of
from tests.play.told import Told, evening, last, narrated, nobody


async def test_while_all_fits_nothing_is_left_out_and_little_is_measured() -> None:
    engine = Told(context=4000)
    session = await evening(engine, 20)
    assert session.seen().dropped == frozenset()
    assert [len(ask.messages) for ask in engine.asked] == [2 * n for n in range(1, 21)]
    assert engine.measured <= 3, "what fitted before and what came since are known to fit"


class Untold(Told):
    """A model behind an address that does not say how many tokens it read."""

    async def answer(self, *asked: object, **more: object) -> Generation:
        told = await super().answer(*asked, **more)  # type: ignore[arg-type]  # as it came
        return replace(told, ids=(), prompt_tokens=0)


async def test_what_does_not_say_how_much_it_read_is_shown_what_fits_all_the_same() -> None:
    session = await evening(Untold(), 30)
    assert session.seen().dropped


async def test_the_oldest_turns_go_and_the_sheets_stand_as_they_stood_where_the_rest_begins() -> None:
    engine = Told(["A stone falls and hits you. [damage: Wren 1]"] * 20)
    session = await evening(engine, 20)
    seen, path = session.seen(), session.path()
    assert len(seen.dropped) >= 10
    assert seen.dropped == frozenset(node.id for node in path[: len(seen.dropped)])
    kept = path[len(seen.dropped)]
    assert kept.kind == "User"
    system, *turns = last(engine)
    health = session.before(kept.id).party.sheets[0].health
    assert health is not None and f"Health: {health[0]}/26" in system.content and health[0] < 24
    assert turns[0].content == kept.text
    assert last(engine)[-1].content == path[-2].text


async def test_what_is_left_out_moves_seldom_so_that_the_cache_serves() -> None:
    engine = Told(["A stone falls. [damage: Wren 1]"] * 60)
    await evening(engine, 60)
    heads = [ask.messages[:2] for ask in engine.asked]
    moved = sum(one != other for one, other in pairwise(heads))
    assert 2 <= moved <= 20, "a part of the context goes at once, not a turn a turn"


async def test_what_is_left_out_depends_on_the_turns_alone() -> None:
    engine = Told(["A stone falls. [damage: Wren 1]"] * 30)
    session = await evening(engine, 30)
    again = Session(scenario=session.scenario, header=session.header, tree=session.tree, sampling=session.sampling)
    other = Told()
    again.go_on_with(other, "aa")  # type: ignore[arg-type]
    looked = await again.look()
    assert 0 < again.context_used <= 360
    await session.say("And now?", nobody)
    assert session.seen() == looked or session.seen().dropped > looked.dropped
    session.undo()
    await again.say("And now?", nobody)
    assert [one.content for one in last(other)] == [one.content for one in last(engine)]


async def test_an_open_fight_stays() -> None:
    session = narrated(engine := Told())
    session.act(Deed("begin"))
    for number in range(20):
        await session.say(f"I keep my shield up and wait for it to come at me, {number}.", nobody)
    assert session.seen().dropped
    combat = session.party.combat
    assert combat is not None
    system = last(engine)[0].content
    assert "# Combat\nRound 1." in system and f"It is {combat.whose}'s turn." in system
    assert all(f"{name} {total}" in system for name, total in combat.order)


async def test_a_summary_is_asked_for_once_kept_and_told() -> None:
    class Summing(Told):
        async def answer(self, ask: Ask, sampling: Sampling, *more: object) -> Generation:  # type: ignore[override]
            if ask.messages[0].content.startswith("You sum up"):
                self.lines = iter(["Wren walked a long way."])
            return await super().answer(ask, sampling, *more)  # type: ignore[arg-type]

    engine = Summing(context=900)
    session = await evening(engine, 50, when_full="summary")
    asked = [ask for ask in engine.asked if ask.messages[0].content.startswith("You sum up")]
    assert 1 <= len(asked) <= 8
    assert len(session.tree.summaries) == len(asked)
    assert session.seen().summary == "Wren walked a long way."
    assert last(engine)[0].content.endswith("# Story so far\nWren walked a long way.")
    later = asked[-1].messages[1].content
    assert len(asked) == 1 or "Wren walked a long way." in later, "a later summary begins with the one before"


async def test_a_context_that_cannot_hold_the_last_turn_is_a_sentence() -> None:
    session = narrated(Told(context=120))
    with pytest.raises(ContextFull, match="Shorten the longer"):
        await session.say("word " * 200, nobody)
    assert [node.kind for node in session.path()] == ["User"]
    assert session.undo() and session.path() == ()


async def test_a_line_of_a_megabyte_is_kept_and_said_to_be_too_long(tmp_path: Path) -> None:
    session = narrated(Told())
    session.file = SessionFile(tmp_path / "s.jsonl", session.header)
    with pytest.raises(ContextFull):
        await session.say("ab " * 400_000, nobody)
    session.undo()
    await session.say("I look.", nobody)
    again = Session.reopen(tmp_path / "s.jsonl")
    assert [node.text for node in again.path()] == ["I look.", "Fog."]


async def test_a_model_that_says_nothing_is_told_and_play_goes_on() -> None:
    session = narrated(engine := Told(["", "[roll: stealth]", "", "On."]))
    await session.say("I look.", nobody)
    assert (session.path()[-1].text, session.path()[-1].stop) == ("", "nothing")
    await session.say("I creep.", nobody)
    assert session.path()[-1].stop == "nothing" and session.path()[-1].text.startswith("*")
    await session.say("On.", nobody)
    assert last(engine)[-1].content == "On."


async def test_a_model_that_only_calls_tools_is_stopped_each_turn() -> None:
    session = narrated(Told([f"[heal: Wren {n}]" * 9 for n in range(1, 5)]))
    heard: list[PlayEvent] = []
    for _number in range(4):
        await session.say("On.", heard.append)
    assert session.faults == Faults(36, 0, 0), "calls past the limit contradict nothing"
    assert len([event for event in heard if isinstance(event, Refused) and event.past]) == 24


async def test_a_scenario_without_a_party_or_a_system_is_played() -> None:
    for text in ("<SYSTEM>\nYou tell a story.\n</SYSTEM>\n", ""):
        header = SessionHeader(scenario=text, model="aa", name="tiny", seed=1)
        session = Session(scenario=parse(text).scenario, header=header, sampling=Sampling(max_tokens=40))
        session.go_on_with(Told(["[damage: Wren 2] [roll: stealth]", "On."]), "aa")  # type: ignore[arg-type]
        await session.say("I look.", nobody)
        assert [node.kind for node in session.path()] == ["User", "DM", "TOOLCALL", "DM"]
        for number in range(30):
            await session.say(f"I walk on along the road and look around, {number}.", nobody)
        assert session.seen().dropped


async def test_an_endless_answer_never_takes_more_than_half_the_context() -> None:
    session = narrated(engine := Told(["word " * 90]))
    session.sampling = Sampling(max_tokens=1 << 20)
    await session.say("Go on.", nobody)
    assert engine.asked[-1].max_tokens == 200


def test_cuts_lie_a_part_apart_and_do_not_move_when_the_story_grows() -> None:
    session = session_of()
    for _number in range(60):
        session._begin()
        session._record(session._turn("User", "word " * 20))
        session._record(session._turn("DM", "word " * 20))
    path = session.path()
    whole = cuts(path, 400)
    assert whole[0] == 0 and whole[-1] == len(path) - 2 and whole == sorted(set(whole))
    for upto in range(2, len(path), 2):
        part = cuts(path[:upto], 400)
        assert part[:-1] == [cut for cut in whole if cut < part[-1]]
    assert 0 < likely(path, whole, 400) < len(whole)
