"""Forms of sentences: each kind reaches sentences that no list holds, and leaves what only looks like them."""

import pytest

from studio.chat.messages import ASSISTANT, SYSTEM, USER
from studio.dataset.audit.forms import LISTED, forms
from studio.dataset.audit.limits import Limits
from studio.dataset.audit.narrator import player_voice
from studio.dataset.audit.phrases import Words, words_of
from studio.dataset.audit.sight import Sight, Talk, plain, told
from studio.dataset.audit.tone import chatter, hedging, refusal
from studio.dataset.audit.wordlists import phrases
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind
from studio.resources import samples
from studio.scenario import Speaker, parse

PLAY = "You are the Dungeon Master.\n# Party\n## Wren\n- Player Character"
NARRATOR = "player-voice"

# kind: (what it names although no list of phrases does, what it leaves alone)
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "chatter": ((
        "Certainly! Here are the three doors.",
        "Use the east gate. I'd be happy to elaborate on any of it.",
        "If you need further assistance, ask again.",
        "As requested, the route in full: salt road, mill, weir.",
        "It drops on floor nine. Should be pinned, this.",
        "Been playing since the beta and it never dropped.",
        "My laptop ate the save of it.",
        "The reed troll is way too overpowered.",
        "What a clown of a boss.",
        "Sent from my carriage.",
    ), (
        "Of course the gate is shut at night.",
        "Sure-footed mules reach the pass in two days.",
        "The post by the gate is held by two guards.",
        "Here is where the road forks; take the left one.",
        "Hail from the north wall and they open.",
    )),
    "hedging": ((
        "It could well be outdated by this season.",
        "My theory is that the bell wakes it.",
        "We can't vouch for the second number.",
        "Nobody is certain, and there's no reliable source for it.",
        "Treat it as hearsay, the cap is forty.",
        "I would venture twelve.",
        "It drops there, or maybe at the mill.",
        "Its effect is all a matter of conjecture.",
    ), (
        "Make sure the lantern is lit before you enter.",
        "It depends on your level: below five, take the mill road.",
        "Check the hinges, then the floor.",
        "Never trust the ferryman with the box.",
        "The wolf may have a den below; look for bones.",
    )),
    "refusal": ((
        "I was built to keep things friendly, so I'll leave that scene out.",
        "This was never a scene I could depict.",
        "We are prevented from discussing weapons here.",
        "Your message was flagged as unsafe.",
        "My creators don't allow it.",
        "How about peaceful trade? I'd suggest we pick a different subject.",
        "Unfortunately, duels are a thing we must avoid.",
        "I hold no opinions, and no memory of past chats.",
        "Depicting graphic violence is out of the question.",
        "The dungeon lies beyond my expertise.",
    ), (
        "You can't enter by the gate; take the sewer.",
        "Unfortunately the troll can't be stunned.",
        "It is against the rules of the tourney to strike from behind.",
        "The machine stops when its lever is pulled.",
        "The request is brought to the abbot, who signs it.",
        "Contact with the slime burns.",
    )),
    NARRATOR: ((
        "The abbot waits. You lean close and murmur: \"We have the box.\"",
        "You thank the ferryman and walk on.",
        "You hear yourself agree.",
        "An oath slips from your lips.",
        "Your mind is made up.",
        "You feel a pang of guilt at it.",
        "You have no intention of staying.",
        "You promise yourself to return.",
        "You assure her that the box is safe.",
        "You strike a bargain with the reeve.",
    ), (
        "You stand before the door. A sign reads: \"Keep out.\"",
        "You hear the abbot: \"Keep out.\"",
        "If you decide to speak, the abbot listens.",
        "Your answer hangs in the air; the abbot frowns.",
        "You feel the cold of the stone, and the rope burns your hands.",
        "\"You promise yourself too much,\" the abbot says.",
    )),
}  # fmt: skip
WRONG = [(kind, text) for kind, (wrong, _right) in CASES.items() for text in wrong]
RIGHT = [(kind, text) for kind, (_wrong, right) in CASES.items() for text in right]


def codes(kind: str, *answers: str) -> set[str]:
    before = ((SYSTEM, PLAY, False),) if kind == NARRATOR else ()
    said = tuple(one for answer in answers for one in ((USER, "What now?", False), (ASSISTANT, answer, True)))
    seen = Sight(Talk(Kind.PAIR, (*before, *said)))
    return {reason.code for reason in Limits.of(AuditSettings()).reasons(seen)}


@pytest.mark.parametrize(("kind", "text"), WRONG)
def test_what_no_list_holds_is_named_by_its_form(kind: str, text: str) -> None:
    assert kind in codes(kind, text)


@pytest.mark.parametrize(("kind", "text"), [one for one in WRONG if one[0] != NARRATOR])
def test_the_lists_alone_do_not_reach_it(kind: str, text: str) -> None:
    """The twin: without the forms nothing, or a weak word, is found."""
    sure = ("anywhere", "first") if kind == "refusal" else ("strong",)
    assert not any(phrases(kind, part).first(Words.of(told(text))) for part in sure)


@pytest.mark.parametrize(("kind", "text"), RIGHT)
def test_what_only_looks_like_it_is_left_alone(kind: str, text: str) -> None:
    assert kind not in codes(kind, text)


def test_quoted_speech_is_no_refusal_in_any_answer_of_a_talk() -> None:
    quoted = "\"I'm sorry, but I can't help with that,\" the smith says, and turns away."
    assert "refusal" not in codes("refusal", quoted)
    assert "refusal" not in codes("refusal", quoted, "He walks to the river and sits down there.")
    assert "refusal" in codes("refusal", quoted, "I'm sorry, but I can't help with that.")


@pytest.mark.parametrize(("name", "part"), LISTED)
def test_a_form_can_be_tried_at_all(name: str, part: str) -> None:
    """The words that it waits for are words as a text is split into them, and its mark stands as texts have it."""
    for form in forms(name, part).every:
        assert form.needs, form.regex.pattern
        assert all(words_of(word) == [word] for word in form.needs | form.beside), form.regex.pattern
        assert plain(form.mark) == form.mark


def test_hardly_a_turn_of_the_samples_is_named() -> None:
    """They are good play: what is named there is named wrongly, and that is less than one turn in a hundred."""
    named, turns = [], 0
    for path in sorted(samples().rglob("*.md")):
        for turn in parse(path.read_text(encoding="utf-8")).scenario.turns:
            if turn.speaker is Speaker.DM:
                seen = Sight(Talk(Kind.SCENARIO, ((SYSTEM, PLAY, False), (ASSISTANT, turn.content, True))))
                found = (player_voice(seen, 1), refusal(seen, 0), chatter(seen, 1), hedging(seen, 2))
                named += [one.what for one in found if one is not None]
                turns += 1
    assert turns > 700 and len(named) <= turns * 0.01, named


def test_curly_apostrophes_are_apostrophes() -> None:
    assert "refusal" in codes("refusal", "We’re prevented from discussing weapons here.")
