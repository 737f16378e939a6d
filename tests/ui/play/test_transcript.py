"""The chat's entries come from the session's events."""

import random

from studio.play.events import Advised, Applied, Malformed, Phase, Refused, Stopped, TurnAdded, Wrote
from studio.play.records import Node
from studio.rules import Outcome, Party, Resolution, Rules, resolve
from studio.rules.combat import Deed as FightDeed
from studio.scenario import find_calls, parse
from studio.scenario.model import Character
from studio.scenario.tools import ToolTable
from studio.ui.cards.content import Said, Throw, Voice
from studio.ui.play.rows import Remark, Trouble, Wait
from studio.ui.play.transcript import Transcript
from tests.play.table import TEXT, session_of

WREN = Character("Wren", health=(20, 26), skills={"Stealth": 6})


def resolution(text: str) -> Resolution:
    (call,) = find_calls(text, ToolTable.shipped(), ["Wren"])
    return resolve(call, Party.of([WREN]), player="Wren", rules=Rules.shipped(), rng=random.Random(4))


def node(number: int, kind: str, text: str) -> Node:
    return Node(id=number, parent=number - 1 or None, kind=kind, text=text)


def test_a_reply_streams_into_one_bubble() -> None:
    transcript, added, changed = Transcript(), [], []
    transcript.added, transcript.changed = added.append, changed.append
    transcript.take(TurnAdded(node(1, "User", "I wade across.")))
    transcript.take(Wrote("The water"))
    transcript.take(Wrote(" tugs."))
    assert transcript.writing
    transcript.take(TurnAdded(node(2, "DM", "The water tugs.")))
    assert not transcript.writing
    assert transcript.contents == [
        Said(Voice.PLAYER, "I wade across."),
        Said(Voice.NARRATOR, "The water tugs."),
    ]
    assert added == [0, 1, 1] and changed == [1], "the bubble that was written is followed by the turn that stands"


def test_the_forced_outcome_becomes_a_badge_even_when_it_comes_in_pieces() -> None:
    transcript = Transcript()
    for part in ("*SUC", "CESS*", " He counts."):
        transcript.take(Wrote(part))
    (entry,) = transcript.contents
    assert isinstance(entry, Said)
    assert (entry.outcome, entry.text.strip()) == (Outcome.SUCCESS, "He counts.")


def test_a_roll_becomes_a_card_with_the_rules_arithmetic() -> None:
    transcript, rolled = Transcript(), resolution("[roll: stealth dc 12]")
    transcript.take(Applied(rolled))
    transcript.take(TurnAdded(node(1, "TOOLCALL", str(rolled.line)), resolution=rolled))
    (card,) = transcript.contents
    assert isinstance(card, Throw)
    assert (card.skill, card.actor, card.parts, card.dc) == ("Stealth", "Wren", ((6, "skill"),), 12)
    assert card.total == card.natural + 6
    assert card.outcome is (Outcome.SUCCESS if card.total >= 12 else Outcome.FAILURE)


def test_a_change_and_a_refusal_are_remarks_and_repeats_are_counted() -> None:
    transcript = Transcript()
    transcript.take(Applied(resolution("[damage: Wren 4]")))
    (call,) = find_calls("[damage: Nobody 3]", ToolTable.shipped(), ["Wren"])
    transcript.take(Refused(call, "nobody here is called Nobody"))
    transcript.take(Refused(call, "nobody here is called Nobody"))
    transcript.take(Stopped(8))
    kinds = [(entry.kind, entry.times) for entry in transcript.contents if isinstance(entry, Remark)]
    assert kinds == [("health", 1), ("warning", 2), ("warning", 1)]


def test_what_was_being_written_when_it_broke_is_marked_and_the_reason_follows() -> None:
    transcript = Transcript()
    transcript.take(Wrote("The wat"))
    transcript.trouble("The llama process ended (SIGSEGV).", "Load again")
    said, trouble = transcript.contents
    assert isinstance(said, Said) and said.broken and not said.open
    assert trouble == Trouble("The llama process ended (SIGSEGV).", "Load again")


def test_what_the_model_does_is_told_until_the_first_word() -> None:
    transcript = Transcript()
    transcript.take(Phase("reading"))
    transcript.take(Phase("reading", 40, 100))
    (waiting,) = transcript.contents
    assert waiting == Wait("The narrator reads… 40%", 0.4)
    transcript.take(Wrote("Rain."))
    assert [type(one) for one in transcript.contents] == [Said]


def test_advice_comes_with_the_way_to_another_model_and_a_malformed_call_is_marked() -> None:
    transcript = Transcript()
    (call,) = find_calls("[damage: Wren]", ToolTable.shipped(), ["Wren"])
    transcript.take(Malformed(call, "it wants a number"))
    transcript.take(Advised("speed", "It writes 2 tokens a second."))
    remark, advice = transcript.contents
    assert isinstance(remark, Remark) and "[damage: Wren] is malformed" in remark.text
    assert isinstance(advice, Trouble) and (advice.deed, advice.action) == ("model", "Choose another model")


def test_rows_that_did_not_change_are_the_same_rows() -> None:
    session = session_of()
    transcript = Transcript(session.rules)
    turns = (
        "<User>I hide.</User>\n\n<DM>The reeds close. [damage: Wren 1]</DM>\n\n<User>I wait.</User>\n\n<DM>Dusk.</DM>\n"
    )
    session.tell(parse(TEXT + turns).scenario.turns, lambda _event: None)
    transcript.show(session)
    before = list(transcript.rows)
    session.mark(session.path()[-1].id, "good")
    transcript.show(session)
    changed = [old is not new for old, new in zip(before, transcript.rows, strict=True)]
    assert changed == [False, False, False, False, True], "only the marked turn is drawn anew"


def test_a_fight_is_told_once_and_its_dice_have_their_thrower() -> None:
    session = session_of()
    transcript = Transcript(session.rules)
    session.act(FightDeed("begin"), lambda _event: None)
    assert session.party.combat is not None
    whose = session.party.combat.whose
    target = "Bog Brigand" if whose == "Wren" else "Wren"
    session.act(FightDeed("attack", whose, target), lambda _event: None)
    transcript.show(session)
    contents = transcript.contents
    assert not [one for one in contents if isinstance(one, Said)], "the rules' own turns are told by the act"
    throws = [one for one in contents if isinstance(one, Throw)]
    assert throws and all(one.actor in ("Wren", "Bog Brigand") for one in throws)
    assert next(one for one in throws if one.skill == "Attack").dc is not None


def test_what_went_wrong_does_not_tell_the_model_while_names_are_hidden() -> None:
    transcript = Transcript()
    changed: list[int] = []
    transcript.changed = changed.append
    transcript.hide_name("Model A")
    transcript.trouble("tavern.gguf is no GGUF file.", "Load again")
    transcript.trouble("Stopped before the narrator had said anything.", "Go on", "stop")
    failed, stopped = transcript.rows
    assert "tavern" not in failed.spoken and "Model A" in failed.spoken
    assert stopped.spoken == "Stopped before the narrator had said anything."
    transcript.hide_name("")
    assert failed.spoken == "tavern.gguf is no GGUF file." and changed == [0, 1]
