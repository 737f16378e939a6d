"""What the model is shown: all of it while it fits, then without the oldest turns, with the sheets as they stood."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from studio.chat import Message
from studio.errors import InputError
from studio.inference.engine import Ask, Generation, ModelCard, Sampling
from studio.inference.protocol import OnRead, OnText
from studio.play.context import ContextFull, cuts, likely
from studio.play.events import Advised, Malformed, Phase, PlayEvent, Refused
from studio.play.health import Faults
from studio.play.log import SessionFile
from studio.play.records import SessionHeader
from studio.play.session import NothingMore, NotNarrated, Session
from studio.play.showing import NoEngine
from studio.rules import HandChange, Throw
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import same, session_of

CARD = ModelCard("told", Path("told.gguf"), "{{ messages }}", "", "", 400, 0, 0)


class Told:
    """An engine whose tokens are words, and which says what the test wrote; it counts what it is asked to measure."""

    def __init__(self, lines: Sequence[str] = (), context: int = 400) -> None:
        self.card = replace(CARD, context=context)
        self.lines: Iterator[str] = iter(lines)
        self.asked: list[Ask] = []
        self.drawn: list[Sampling] = []
        self.measured = 0

    async def answer(
        self, ask: Ask, sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """The next line."""
        self.asked.append(ask)
        self.drawn.append(sampling)
        line = next(self.lines, "Fog.")
        tokens = _tokens(ask)
        assert tokens + ask.max_tokens <= self.card.context, "nothing is asked that does not fit"
        if on_read is not None:
            on_read(tokens, tokens)
        if on_text is not None and line:
            on_text(line)
        words = tuple(range(len(line.split())))
        return Generation(words, line, "end", tokens, 0, 0.1, 0.1 + len(words) / 50)

    async def length(self, ask: Ask) -> int:
        """Words."""
        self.measured += 1
        return _tokens(ask)


def _tokens(ask: Ask) -> int:
    return sum(len(one.content.split()) + 4 for one in ask.messages) + len(ask.opening.split())


def _session(engine: Told, **options: object) -> Session:
    session = session_of()
    session.sampling = Sampling(max_tokens=40)
    session.go_on_with(engine, "aa")  # type: ignore[arg-type]  # of an engine only what a session asks for
    for name, value in options.items():
        setattr(session, name, value)
    return session


def nobody(_event: PlayEvent) -> None:
    """Hears nothing."""


def _last(engine: Told) -> tuple[Message, ...]:
    return engine.asked[-1].messages


async def _evening(engine: Told, turns: int, **options: object) -> Session:
    session = _session(engine, **options)
    for number in range(turns):
        await session.say(f"I walk on along the road and look around, {number} times now.", nobody)
    return session


async def test_while_all_fits_nothing_is_left_out_and_little_is_measured() -> None:
    engine = Told(context=4000)
    session = await _evening(engine, 20)
    assert session.seen().dropped == frozenset()
    assert [len(ask.messages) for ask in engine.asked] == [2 * n for n in range(1, 21)]
    assert engine.measured <= 3, "what fitted before and what came since are known to fit"


async def test_the_oldest_turns_go_and_the_sheets_stand_as_they_stood_where_the_rest_begins() -> None:
    engine = Told(["A stone falls and hits you. [damage: Wren 1]"] * 20)
    session = await _evening(engine, 20)
    seen, path = session.seen(), session.path()
    assert len(seen.dropped) >= 10
    assert seen.dropped == frozenset(node.id for node in path[: len(seen.dropped)])
    kept = path[len(seen.dropped)]
    assert kept.kind == "User"
    system, *turns = _last(engine)
    health = session.before(kept.id).party.sheets[0].health
    assert health is not None and f"Health: {health[0]}/26" in system.content and health[0] < 24
    assert turns[0].content == kept.text
    assert _last(engine)[-1].content == path[-2].text


async def test_what_is_left_out_moves_seldom_so_that_the_cache_serves() -> None:
    engine = Told(["A stone falls. [damage: Wren 1]"] * 60)
    await _evening(engine, 60)
    heads = [ask.messages[:2] for ask in engine.asked]
    moved = sum(one != other for one, other in pairwise(heads))
    assert 2 <= moved <= 20, "a part of the context goes at once, not a turn a turn"


async def test_what_is_left_out_depends_on_the_turns_alone() -> None:
    engine = Told(["A stone falls. [damage: Wren 1]"] * 30)
    session = await _evening(engine, 30)
    again = Session(scenario=session.scenario, header=session.header, tree=session.tree, sampling=session.sampling)
    other = Told()
    again.go_on_with(other, "aa")  # type: ignore[arg-type]
    looked = await again.look()
    assert 0 < again.context_used <= 360
    await session.say("And now?", nobody)
    assert session.seen() == looked or session.seen().dropped > looked.dropped
    session.undo()
    await again.say("And now?", nobody)
    assert [one.content for one in _last(other)] == [one.content for one in _last(engine)]


async def test_an_open_fight_stays() -> None:
    session = _session(engine := Told())
    session.act(Deed("begin"))
    for number in range(20):
        await session.say(f"I keep my shield up and wait for it to come at me, {number}.", nobody)
    assert session.seen().dropped
    combat = session.party.combat
    assert combat is not None
    system = _last(engine)[0].content
    assert "# Combat\nRound 1." in system and f"It is {combat.whose}'s turn." in system
    assert all(f"{name} {total}" in system for name, total in combat.order)


async def test_a_summary_is_asked_for_once_kept_and_told() -> None:
    class Summing(Told):
        async def answer(self, ask: Ask, sampling: Sampling, *more: object) -> Generation:  # type: ignore[override]
            if ask.messages[0].content.startswith("You sum up"):
                self.lines = iter(["Wren walked a long way."])
            return await super().answer(ask, sampling, *more)  # type: ignore[arg-type]

    engine = Summing(context=900)
    session = await _evening(engine, 50, when_full="summary")
    asked = [ask for ask in engine.asked if ask.messages[0].content.startswith("You sum up")]
    assert 1 <= len(asked) <= 8
    assert len(session.tree.summaries) == len(asked)
    assert session.seen().summary == "Wren walked a long way."
    assert _last(engine)[0].content.endswith("# Story so far\nWren walked a long way.")
    later = asked[-1].messages[1].content
    assert len(asked) == 1 or "Wren walked a long way." in later, "a later summary begins with the one before"


async def test_a_context_that_cannot_hold_the_last_turn_is_a_sentence() -> None:
    session = _session(Told(context=120))
    with pytest.raises(ContextFull, match="Shorten the longer"):
        await session.say("word " * 200, nobody)
    assert [node.kind for node in session.path()] == ["User"]
    assert session.undo() and session.path() == ()


async def test_a_line_of_a_megabyte_is_kept_and_said_to_be_too_long(tmp_path: Path) -> None:
    session = _session(Told())
    session.file = SessionFile(tmp_path / "s.jsonl", session.header)
    with pytest.raises(ContextFull):
        await session.say("ab " * 400_000, nobody)
    session.undo()
    await session.say("I look.", nobody)
    again = Session.reopen(tmp_path / "s.jsonl")
    assert [node.text for node in again.path()] == ["I look.", "Fog."]


async def test_a_model_that_says_nothing_is_told_and_play_goes_on() -> None:
    session = _session(engine := Told(["", "[roll: stealth]", "", "On."]))
    await session.say("I look.", nobody)
    assert (session.path()[-1].text, session.path()[-1].stop) == ("", "nothing")
    await session.say("I creep.", nobody)
    assert session.path()[-1].stop == "nothing" and session.path()[-1].text.startswith("*")
    await session.say("On.", nobody)
    assert _last(engine)[-1].content == "On."


async def test_a_model_that_only_calls_tools_is_stopped_each_turn() -> None:
    session = _session(Told([f"[heal: Wren {n}]" * 9 for n in range(1, 5)]))
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
    session = _session(engine := Told(["word " * 90]))
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


async def test_another_version_is_drawn_otherwise_and_the_old_one_stays() -> None:
    session = _session(engine := Told(["Fog.", "Rain."]))
    heard: list[PlayEvent] = []
    await session.say("I look.", nobody)
    old = session.tip
    await session.retry(heard.append)
    assert old is not None and session.tip is not None
    assert [session.nodes[one].text for one in session.siblings(old)] == ["Fog.", "Rain."]
    assert [sampling.temperature for sampling in engine.drawn] == [0.0, 0.8]
    session.undo()
    assert session.path()[-1].text == "Fog."
    with pytest.raises(NotNarrated):
        await session.retry(nobody, session.path()[0].id)


async def test_a_version_that_does_not_come_leaves_what_stood_and_nothing_to_take_back(tmp_path: Path) -> None:
    session = _session(Told(["Fog."]))
    session.file = SessionFile(tmp_path / "s.jsonl", session.header)
    await session.say("I look.", nobody)
    tip, last = session.tip, session.tree.to_undo
    session.engine = None
    with pytest.raises(NoEngine):
        await session.retry(nobody)
    assert session.tip == tip and session.tree.to_undo is last
    same(session, Session.reopen(tmp_path / "s.jsonl"))


async def test_a_roll_tried_again_falls_alike() -> None:
    session = _session(Told(["[roll: stealth]", "On.", "You crouch. [roll: stealth]", "Off."]))
    await session.say("I creep.", nobody)
    first = session.path()
    await session.retry(nobody, first[1].id)
    second = session.path()
    assert second[1].text != first[1].text and second[2].text == first[2].text


async def test_a_turn_is_continued_with_its_calls() -> None:
    session = _session(engine := Told(["You see a door.", " It opens. [damage: Wren 2]", "", "On."]))
    await session.say("I look.", nobody)
    heard: list[PlayEvent] = []
    await session.go_on(heard.append)
    assert [type(event).__name__ for event in heard[-3:]] == ["TurnAdded", "Applied", "Changed"]
    assert engine.asked[-1].opening == "You see a door."
    assert session.path()[-1].text == "You see a door. It opens. [damage: Wren 2]"
    assert session.party.sheets[0].health == (22, 26)
    with pytest.raises(NothingMore):
        await session.go_on(nobody)
    session.undo()
    assert session.path()[-1].text == "You see a door." and session.party.sheets[0].health == (24, 26)


async def test_continuing_where_others_follow_leaves_them_their_turn() -> None:
    session = _session(Told(["You see a door.", "It is locked.", " It opens. [damage: Wren 2]"]))
    await session.say("I look.", nobody)
    door = session.tip
    await session.say("I try it.", nobody)
    assert door is not None
    session.back_to(door)
    await session.go_on(nobody)
    assert session.path()[-1].text == "You see a door. It opens. [damage: Wren 2]"
    assert session.nodes[door].text == "You see a door." and len(session.siblings(door)) == 2
    session.show(door)
    assert [node.text for node in session.path()][-1] == "It is locked."


async def test_a_turn_is_continued_past_a_sheet_that_was_changed_by_hand() -> None:
    session = _session(Told(["You see a door.", " It opens."]))
    await session.say("I look.", nobody)
    session.hand(HandChange("Wren", "health", delta=-1))
    await session.go_on(nobody)
    assert [node.text for node in session.path()] == ["I look.", "You see a door. It opens."]
    assert session.party.sheets[0].health == (23, 26)


async def test_a_grammar_holds_the_narrator_where_the_engine_knows_such() -> None:
    session = _session(engine := Told(), grammar=True)
    await session.say("I look.", nobody)
    grammar = engine.asked[-1].grammar
    assert grammar is not None and re.search(r'target ::= "Wren" \| "Bog Brigand"', grammar)
    engine.card = replace(engine.card, grammars=False)
    await session.say("I look.", nobody)
    assert engine.asked[-1].grammar is None


async def test_malformed_and_contradicting_calls_are_counted_and_lead_to_advice_once() -> None:
    session = _session(Told(["[damage: Wren] [take: Wren Crown]"] * 6))
    heard: list[PlayEvent] = []
    for _number in range(4):
        await session.say("I act.", heard.append)
    faults = session.faults
    assert (faults.calls, faults.malformed, faults.contradicted) == (8, 4, 4)
    advice = [event for event in heard if isinstance(event, Advised)]
    assert [one.kind for one in advice] == ["faults"] and "another model" in advice[0].sentence
    assert len([event for event in heard if isinstance(event, Malformed)]) == 4


async def test_what_the_model_does_is_told_in_order() -> None:
    session = _session(Told())
    heard: list[PlayEvent] = []
    await session.say("I look.", heard.append)
    phases = [event for event in heard if isinstance(event, Phase)]
    assert [phase.name for phase in phases] == ["reading", "reading", "writing"]
    assert phases[1].read == phases[1].of > 0


async def test_who_speaks_is_read_by_the_model_and_written_into_the_scenario() -> None:
    session = _session(engine := Told())
    await session.say("Halt!", nobody, speaker="Bog Brigand")
    await session.say("I halt.", nobody, speaker="Wren")
    assert [one.content for one in _last(engine)[1:]] == ["Bog Brigand: Halt!", "Fog.", "I halt."]
    assert "<User>Bog Brigand: Halt!</User>" in session.as_text()


async def test_the_narrator_tells_an_act_and_its_own_numbers_are_dropped() -> None:
    session = _session(engine := Told(["It reels. [damage: Bog Brigand 99] [give: Wren Coin]"]))
    session.act(Deed("begin"))
    while session.party.combat is not None and session.party.combat.whose != "Wren":
        session.act(Deed("next"))
    act = session.act(Deed("attack", who="Wren", target="Bog Brigand"))
    health = session.party.sheets[1].health
    await session.narrate(nobody)
    text = session.path()[-1].text
    assert "99" not in text and "[give: Wren Coin]" in text
    assert text.endswith(act.told) and text.startswith("*")
    assert session.party.sheets[1].health == health
    assert session.party.sheets[0].count("coin") == 1
    assert engine.asked[-1].opening in ("*SUCCESS*", "*FAILED*")


WORDS = (
    "Fog.",
    "",
    "You crouch. [roll: stealth]",
    "[damage: Wren 4] [damage: Bog Brigand] It hurts. [roll: perception dc 8 for Bog Brigand] [roll: insight]",
    "[roll: initiative]\n[begin combat]",
    "[end combat] [give: Wren Rope x2]",
    "[heal: Wren 2]" * 9,
    "word " * 30,
)


async def _wished(session: Session, dice: random.Random) -> None:
    """Something that a person wishes, whatever it is."""
    node = dice.choice([None, *session.nodes])
    match dice.randrange(12):
        case 0 | 1 | 2:
            await session.say("I go on.", nobody, speaker=dice.choice(("", "Bog Brigand")))
        case 3:
            await session.retry(nobody, node)
        case 4:
            await session.go_on(nobody)
        case 5:
            session.undo()
        case 6:
            session.redo()
        case 7 if node is not None:
            session.show(node)
        case 8 if node is not None:
            session.edit(node, dice.choice(WORDS))
        case 9:
            session.act_by_rules() if session.party.combat is not None else session.act(Deed("begin"))
        case 10:
            session.throw(Throw(skill="stealth", who="Wren"), tell=dice.random() < 0.5)
        case _ if node is not None:
            session.delete(node) if dice.random() < 0.3 else session.back_to(node)
        case _:
            session.hand(HandChange("Wren", "health", delta=-1))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_wished_of_a_narrator_the_file_comes_to_the_same(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    session = _session(Told([dice.choice(WORDS) for _ in range(400)], context=500))
    session.file = SessionFile(tmp_path / "s.jsonl", session.header)
    session.when_full = dice.choice(("drop", "summary"))
    for number in range(60):
        try:
            await _wished(session, dice)
        except InputError:  # refused in a sentence
            pass
        if number % 10 == 0:
            again = Session.reopen(tmp_path / "s.jsonl")
            assert again.damage is None
            same(session, again)
            again.close()
    dice_before = [node.random for node in session.path() if node.kind == "DM" and not node.told]
    assert len(dice_before) == len(set(dice_before)), "no two turns of a path share their dice"


async def test_without_a_model_nobody_narrates_and_nothing_is_lost() -> None:
    session = session_of()
    with pytest.raises(NoEngine):
        await session.say("I look.", nobody)
    assert [node.text for node in session.path()] == ["I look."]
