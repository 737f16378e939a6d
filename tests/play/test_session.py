"""A session with the real tokeniser and a narrator whose words are given.

What a model says is the boundary here: the tests must know it, so `Narrator` says what the test wrote, as token ids of
the real model, and everything else is the shipped worker and rules.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from studio.errors import Cancelled
from studio.inference.engine import Generation, LlamaEngine
from studio.inference.protocol import OnRead, OnText
from studio.inference.sampling import Sampling
from studio.play.events import Applied, Malformed, PlayEvent, Refused, Stopped, TurnAdded, Wrote
from studio.play.log import read_session
from studio.play.session import Session, open_session
from studio.scenario import parse

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]
STARTER = Path(__file__).parents[2] / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
TEXT = """---
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Level 3
- Health: 24/26
- Inventory: Ash Bow (6), Healing Draught
- Skills: Stealth +6, Initiative +2

## Bog Brigand
- Enemy
- Level 1
- Health: 9/9
- Skills: Initiative +1
</SYSTEM>

<User>I wait.</User>

<DM>Fog.</DM>
"""


class Narrator(LlamaEngine):
    """The real worker, but each reply is the next of `lines`."""

    lines: Iterator[str]
    prompts: list[list[int]]

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """The next line, as the model's own ids."""
        line = next(self.lines)
        ids = (await self.tokenise([(line, False)]))[0]
        self.prompts.append(list(prompt))
        if on_text is not None:
            on_text(line)
        return Generation(tuple(ids), line, "end", len(prompt), 0, 0.1, 0.2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loaded() -> AsyncIterator[Narrator]:
    engine = await Narrator.load(STARTER, context=2048)
    assert isinstance(engine, Narrator)
    yield engine
    await engine.close()


@pytest.fixture
def narrator(loaded: Narrator) -> Narrator:
    loaded.prompts = []
    return loaded


async def _play(
    narrator: Narrator, lines: list[str], said: list[str], seed: int = 3, file: Path | None = None
) -> tuple[Session, list[PlayEvent]]:
    narrator.lines = iter(lines)
    session = open_session(parse(TEXT).scenario, narrator, seed=seed, file=file)
    events: list[PlayEvent] = []
    for line in said:
        await session.say(line, events.append)
    return session, events


async def test_a_roll_is_answered_by_the_rules_and_the_narrator_goes_on_from_its_outcome(narrator: Narrator) -> None:
    session, events = await _play(narrator, ["You crouch.\n\n[roll: stealth]", " You pass."], ["I creep."])
    kinds = [node.kind for node in session.path()]
    assert kinds == ["User", "DM", "TOOLCALL", "DM"]
    result, reply = session.path()[2:]
    total = int(result.text.split("*")[1])
    word = "*SUCCESS*" if total >= 15 else "*FAILED*"
    assert reply.text == f"{word} You pass."
    assert "".join(event.text for event in events if isinstance(event, Wrote)).endswith(f"{word} You pass.")


async def test_what_the_model_said_goes_back_as_the_very_ids(narrator: Narrator) -> None:
    session, _events = await _play(narrator, ["Fog  lies.", "More fog."], ["I look.", "Again."])
    first = session.path()[1].ids
    assert first is not None
    prompt = narrator.prompts[1]
    assert any(tuple(prompt[i : i + len(first)]) == first for i in range(len(prompt)))


async def test_calls_change_the_sheets_and_a_refused_one_stays_text(narrator: Narrator) -> None:
    reply = "[damage: Bog Brigand 6] [heal: Wren 8] [take: Wren Healing Draught] [take: Wren Crown] [damage: Nobody 3]"
    session, events = await _play(narrator, [reply], ["I shoot."])
    wren, brigand = session.party.sheets
    assert (wren.health, brigand.health) == ((26, 26), (3, 9))
    assert [item.name for item in wren.inventory] == ["Ash Bow (6)"]
    assert len([event for event in events if isinstance(event, Applied)]) == 3
    assert len([event for event in events if isinstance(event, Refused)]) == 2
    assert session.path()[-1].text == reply


async def test_a_malformed_call_is_shown_as_text_and_play_goes_on(narrator: Narrator) -> None:
    session, events = await _play(narrator, ["[roll: ] [dance: now] [damage: Wren]", "On."], ["I act.", "I go."])
    assert session.path()[-1].text == "On."
    assert not [event for event in events if isinstance(event, Applied)]
    assert [event.call.text for event in events if isinstance(event, Malformed)] == ["[roll: ]", "[damage: Wren]"]


async def test_a_narrator_that_only_rolls_is_stopped_after_eight_calls(narrator: Narrator) -> None:
    skills = ("stealth", "perception", "insight", "history", "nature")
    session, events = await _play(narrator, [f"[roll: {skill}]" for skill in skills] * 10, ["I creep."])
    assert events[-1] == Stopped(8)
    assert sum(node.kind == "TOOLCALL" for node in session.path()) == 8
    narrator.lines = iter(["Enough."])
    await session.narrate(events.append)
    assert session.path()[-1].fresh, "a person who lets it go on has it counted anew"


async def test_the_same_call_three_times_stops_the_narrator(narrator: Narrator) -> None:
    session, events = await _play(narrator, ["[roll: stealth]", "[Roll: Stealth]"] * 10, ["I creep."])
    assert events[-1] == Stopped(3, "roll stealth")
    assert sum(node.kind == "TOOLCALL" for node in session.path()) == 3


async def test_calls_without_a_result_count_and_those_past_the_eighth_stay_text(narrator: Narrator) -> None:
    replies = [" ".join(f"[heal: Wren {n}]" for n in range(at, at + 5)) + "[roll: stealth]" for at in (1, 6)]
    session, events = await _play(narrator, [*replies, "never asked for"], ["I act."])
    assert len([event for event in events if isinstance(event, Applied)]) == 8
    assert len([event for event in events if isinstance(event, Refused)]) == 4
    assert [node.kind for node in session.path()] == ["User", "DM", "TOOLCALL", "DM"]


async def test_the_same_seed_gives_the_same_dice_and_a_retry_does_not_roll_anew(narrator: Narrator) -> None:
    lines = ["[roll: stealth]", "On."]
    first, _ = await _play(narrator, lines, ["I creep."])
    again, _ = await _play(narrator, lines, ["I creep."])
    other, _ = await _play(narrator, lines, ["I creep."], seed=4)
    assert first.path()[2].text == again.path()[2].text != other.path()[2].text
    narrator.lines = iter(lines)
    first.back_to(1)
    await first.narrate(lambda _event: None)
    assert first.path()[2].text == again.path()[2].text


async def test_combat_opens_with_an_order_and_closes(narrator: Narrator) -> None:
    session, _ = await _play(narrator, ["[roll: initiative]\n[begin combat]", "Wren moves."], ["I draw."])
    combat = session.party.combat
    assert combat is not None
    assert {name for name, _total in combat.order} == {"Wren", "Bog Brigand"}
    assert session.path()[-1].text == "Wren acts first, then Bog Brigand. Wren moves."  # no outcome word
    narrator.lines = iter(["[end combat]"])
    await session.say("It is over.", lambda _event: None)
    assert session.party.combat is None


async def test_every_turn_is_on_disk_when_it_is_told(narrator: Narrator, tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "one.jsonl"
    narrator.lines = iter(["[roll: stealth]", "On."])
    session = open_session(parse(TEXT).scenario, narrator, seed=3, file=path)
    seen: list[int] = []

    def told(event: PlayEvent) -> None:
        if isinstance(event, TurnAdded):
            seen.append(len(read_session(path).path))

    await session.say("I creep.", told)
    assert seen == [1, 2, 3, 4]
    assert read_session(path).path == session.path()


async def test_a_model_swapped_on_the_way_stands_beside_each_turn_it_wrote(narrator: Narrator, tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "one.jsonl"
    narrator.lines = iter(["One.", "Two.", "Three.", "Four."])
    session = open_session(parse(TEXT).scenario, narrator, seed=3, file=path, model_hash="aa")
    for model in ("aa", "aa", "bb", "aa"):
        session.go_on_with(narrator, model)
        sent = {message.content: message.ids for message in session.messages()}
        for node in session.path():
            own = node.kind == "DM" and (node.model or "aa") == model
            assert sent[node.text] == (node.ids if own else None) or node.kind == "User"
        await session.say("On.", lambda event: None)
    kept = read_session(path)
    header, nodes = kept.header, kept.path
    assert header.model == "aa"
    assert [node.model for node in nodes if node.kind == "DM"] == [None, None, "bb", None]
    assert all(node.ids for node in nodes if node.kind == "DM"), "the file keeps the ids, which are that model's"


async def test_the_oldest_turns_leave_a_full_context_and_are_counted(narrator: Narrator) -> None:
    session, _ = await _play(narrator, ["word " * 300] * 8, ["On."] * 8)
    assert session.left_out > 0
    assert max(len(prompt) for prompt in narrator.prompts) <= 2048 - session.sampling.max_tokens


async def test_the_played_turns_read_as_a_scenario(narrator: Narrator) -> None:
    session, _ = await _play(narrator, ["[roll: stealth]", " On."], ["I creep."])
    parsed = parse(session.as_text())
    assert not parsed.problems
    assert [turn.content for turn in parsed.scenario.turns] == [node.text for node in session.path()]


async def test_a_worker_that_dies_leaves_the_session_whole() -> None:
    narrator = await Narrator.load(STARTER, context=2048)
    assert isinstance(narrator, Narrator)
    narrator.prompts = []
    session, _ = await _play(narrator, ["Fog."], ["I look."])
    narrator.lines = iter(["On."])
    await narrator.worker.kill()
    with pytest.raises(Exception, match="process ended"):
        await session.say("Again.", lambda _event: None)
    assert [node.text for node in session.path()] == ["I look.", "Fog.", "Again."]


async def test_a_real_generation_streams_and_stops() -> None:
    engine = await LlamaEngine.load(STARTER, context=1024)
    try:
        session = open_session(parse(TEXT).scenario, engine, seed=1, sampling=Sampling(max_tokens=800, temperature=1.0))
        heard = asyncio.Event()

        def listen(event: PlayEvent) -> None:
            if isinstance(event, Wrote):
                heard.set()

        play = asyncio.create_task(session.say("Tell me all of it.", listen))
        await asyncio.wait_for(heard.wait(), 30)
        await engine.stop()
        with pytest.raises(Cancelled):
            await play
        assert [node.kind for node in session.path()] == ["User", "DM"]
        begun = session.path()[-1]
        assert begun.stop == "stopped" and begun.text
        session.sampling = Sampling(max_tokens=20, temperature=1.0)
        await session.go_on(lambda _event: None)
        assert session.path()[1].id == begun.id and session.path()[1].text.startswith(begun.text)
        assert len(session.path()[1].text) > len(begun.text)
    finally:
        await engine.close()


TOLD = """<User>I creep.</User>

<DM>You crouch.

[roll: stealth]</DM>

<TOOLCALL>stealth: 4 + 6(skill) = *10*</TOOLCALL>

<DM>*FAILED* The brigand turns.

[damage: Wren 3]</DM>

<User>I draw.</User>

<DM>He comes.

[roll: initiative]
[begin combat]</DM>

<TOOLCALL>initiative: 20 + 2(skill) = *22*</TOOLCALL>"""


async def test_a_play_begins_on_turns_that_are_written(narrator: Narrator) -> None:
    narrator.lines = iter(["You are first.", "*SUCCESS* On."])
    scenario = parse(TEXT[: TEXT.index("<User>")] + TOLD).scenario
    session = open_session(scenario, narrator, seed=3)
    events: list[PlayEvent] = []
    session.tell(scenario.turns, events.append)
    assert [node.text for node in session.path()] == [turn.content for turn in scenario.turns]
    wren = session.party.find("Wren")
    assert wren is not None and wren.health == (21, 26)
    assert session.party.combat is not None and session.party.combat.order[0] == ("Wren", 22)
    assert session.due and session.played() == ()
    await session.narrate(events.append)
    assert [node.text for node in session.played()] == ["Wren acts first, then Bog Brigand. You are first."]
    rolls = [
        e.resolution.rolled.natural for e in events if isinstance(e, TurnAdded) and e.resolution and e.resolution.rolled
    ]
    assert rolls == [4, 20]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["*FAILED* You slip."], "You slip."),
        (
            ["Wait.\n\n[roll: initiative]", "*FAILED* You are late.\n\nSo *SUCCESS* it is."],
            "You are late.\n\nSo it is.",
        ),
        (["Hush.\n\n[roll: stealth dc 1]", " Good.\n\n*FAILED* No.\n\nOn."], "*SUCCESS* Good.\n\nOn."),
        (["*FAILED*"], "*FAILED*"),
        (["It is **FAILED** work."], "It is **FAILED** work."),
    ],
)
async def test_an_outcome_is_the_rules_to_say(narrator: Narrator, lines: list[str], told: str) -> None:
    session = open_session(parse(TEXT).scenario, narrator, seed=3)
    narrator.lines = iter(lines)
    await session.say("I go.", lambda event: None)
    assert session.path()[-1].text == told
    said = session.insert(session.tip, "DM", "*FAILED* A person may write it.")
    assert session.nodes[said].text == "*FAILED* A person may write it."


async def test_a_written_check_opens_the_next_turn_and_an_unanswered_one_is_rolled(narrator: Narrator) -> None:
    turns = parse(TEXT[: TEXT.index("<User>")] + TOLD).scenario.turns
    session = open_session(parse(TEXT).scenario, narrator, seed=3)
    session.tell(turns[:3], lambda event: None)
    narrator.lines = iter([" He hears."])
    await session.narrate(lambda event: None)
    assert session.path()[-1].text == "*FAILED* He hears."
    other = open_session(parse(TEXT).scenario, narrator, seed=3)
    other.tell(turns[:2], lambda event: None)
    assert [node.kind for node in other.path()] == ["User", "DM", "TOOLCALL"]
    twice = open_session(parse(TEXT).scenario, narrator, seed=3)
    twice.tell(turns[:2], lambda event: None)
    assert twice.path()[-1].text == other.path()[-1].text
