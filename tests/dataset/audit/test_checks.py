"""Each check names what it is for, and leaves alone what only looks like it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.chat.messages import ASSISTANT, SYSTEM, USER
from studio.dataset.audit.limits import Limits, NoThreshold, UnknownCheck, shipped
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.audit.table import TABLE
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind
from studio.dataset.verdicts import Decision

PLAY = "You are the Dungeon Master.\n# Party\n## Wren\n- Player Character\n## Colm\n- NPC Companion"
RULES = " ".join(f"Rule {number} says that nobody may pass door {number}." for number in range(9))

# code: (answer that it names, answer that it leaves alone, what stands before)
CASES: dict[str, tuple[str, str, tuple[tuple[str, str], ...]]] = {
    "empty-answer": ("[deleted]", "He deleted the runes from the door.", ()),
    "refusal": ("I'm sorry, but I can't help with that.", "\"I'm sorry, but I can't help,\" the smith says.", ()),
    "short-answer": ("Use fire.", "Use fire on its left knee.", ()),
    "long-answer": ("word " * 1300, "word " * 1100, ()),
    "long-prompt": ("It is so.", "It is so.", ((USER, "stone " * 6100),)),
    "repeated-lines": ("- take the left door\n" * 9, "- take the left door\n- or the right one\n" * 1, ()),
    "repetition": ("and then the bell rings " * 9, "The bell rings once, and the heron leaves the weir for good.", ()),
    "compression": ("take the salt road north now " * 40, " ".join(map(str, range(7919, 8200, 3))), ()),
    "stretched": ("No" + "o" * 20 + "!", "----------------------------------------", ()),
    "chatter": ("Use the sling. Edit: thanks for the gold!", "The edit of the charter is kept in a golden box.", ()),
    "hedging": ("Maybe it is fire, I'm not sure.", '"Maybe it was the wind, I\'m not sure," says the smith.', ()),
    "writer": ("My clan and I went there twice.", '"I went there twice," the smith says of the mine.', ()),
    "contact": ("Write to wren.smith@example.org for it.", "Meet him @ the gate, at 14:30 on 12/03/1487.", ()),
    "secret": (
        "Set API_KEY=sk-Zk3p9QmX7rTb2LwV8nYc4HdS in it.",
        "The password is moonwater, and the reply is heron.",
        (),
    ),
    "encoding": ("It is the widowâ€™s house, donâ€™t enter.", "“Été,” says Søren – naïve as a Jäger… ‘tis so.", ()),
    "template-token": ("Go on.<|im_end|>", "The sign reads <- salt | tar ->, and [INSTANTLY] it falls.", ()),
    "system-echo": ("It says: " + RULES[:140], "It says that nobody may pass door 3.", ((SYSTEM, RULES),)),
    "player-line": ("The door opens.\n\nWren: I go in.", 'The sign reads\n"Trader: I buy wrens."', ((SYSTEM, PLAY),)),
    "player-voice": ('"Stand aside," you say.', '"Stand aside," you hear. If you decide to go, go.', ((SYSTEM, PLAY),)),
}


def sight(answer: str, before: tuple[tuple[str, str], ...] = (), kind: Kind = Kind.PAIR) -> Sight:
    said = before if any(role == USER for role, _content in before) else (*before, (USER, "What now?"))
    return Sight(Talk(kind, (*((role, content, False) for role, content in said), (ASSISTANT, answer, True))))


def codes(seen: Sight, settings: AuditSettings | None = None) -> set[str]:
    return {reason.code for reason in Limits.of(settings or AuditSettings()).reasons(seen)}


def test_every_check_that_looks_at_a_row_has_a_case() -> None:
    assert {code for code, check in TABLE.items() if check.look} == set(CASES)
    assert list(shipped()) == list(TABLE)


@pytest.mark.parametrize("code", CASES)
def test_a_check_names_its_own(code: str) -> None:
    wrong, _right, before = CASES[code]
    reasons = {reason.code: reason for reason in Limits.of(AuditSettings()).reasons(sight(wrong, before))}
    assert code in reasons
    assert "{" not in reasons[code].sentence
    if TABLE[code].unit and code != "secret":
        assert reasons[code].value is not None
        assert reasons[code].limit is not None
        assert any(map(str.isdigit, reasons[code].sentence))


@pytest.mark.parametrize("code", [code for code in CASES if code != "long-prompt"])
def test_a_check_leaves_its_neighbour_alone(code: str) -> None:
    _wrong, right, before = CASES[code]
    assert code not in codes(sight(right, before))


@pytest.mark.parametrize("code", CASES)
def test_a_check_that_is_off_is_silent(code: str) -> None:
    wrong, _right, before = CASES[code]
    assert code not in codes(sight(wrong, before), AuditSettings(off=(code,)))


def test_a_threshold_of_the_data_set_counts() -> None:
    assert "short-answer" not in codes(sight("Use fire."), AuditSettings(thresholds={"short-answer": 2}))
    assert "short-answer" in codes(sight("Use fire on its knee."), AuditSettings(thresholds={"short-answer": 9}))


def test_a_story_may_say_maybe_and_be_short() -> None:
    assert codes(sight("Maybe. I'm not sure, lol.", kind=Kind.SCENARIO)) == set()
    assert codes(sight("[roll: stealth]")) == set()


def test_an_unknown_check_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownCheck, match="repetition"):
        Limits.of(AuditSettings(thresholds={"repetitoin": 1}))
    with pytest.raises(UnknownCheck, match="off"):
        Limits.of(AuditSettings(off=("smell",)))
    with pytest.raises(NoThreshold):
        Limits.of(AuditSettings(thresholds={"contact": 1}))


def test_a_secret_is_not_told() -> None:
    reason = next(iter(Limits.of(AuditSettings()).reasons(sight("The key is sk-Zk3p9QmX7rTb2LwV8nYc4HdS, use it."))))
    assert reason.code == "secret"
    assert "9QmX7" not in reason.sentence


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("contact", "Write to wren.smith@example.org for it."),
        ("secret", "Set API_KEY=sk-Zk3p9QmX7rTb2LwV8nYc4HdS in it."),
        ("encoding", "It is the widowâ€™s house."),
        ("template-token", "Go on.<|im_end|>"),
    ],
)
def test_what_must_not_get_out_is_found_wherever_it_stands(code: str, text: str) -> None:
    """SYSTEM and a rejected answer are learnt from, too, and go out with every build."""
    good = "Take the salt road to the mill at dawn."
    rejected = Sight(Talk(Kind.PREFERENCE, ((USER, "Where?", False), (ASSISTANT, good, True)), rejected=text))
    assert code in codes(rejected)
    assert code not in codes(Sight(Talk(Kind.PREFERENCE, rejected.talk.messages, rejected=good + " Or noon.")))
    told = codes(sight(good, ((SYSTEM, text),)))
    assert (code in told) == (code != "template-token")  # there a mark is only spoken of


@pytest.mark.parametrize(
    "text",
    [
        "Call 020 7946 0991 for it.",
        "My number: 555-013-4477.",
        "+33 6 12 34 56 78 after six",
        "Card 4556 7375 8689 9855 it was.",
        "Ping @tam_sling if it starts.",
        "Tag Oda#4471 for a trade.",
        "t.okafor92 [at] web [dot] de",
        "u/brannoch77 made it",
        "Send it to 12 Elm Street, Leeds.",
    ],
)
def test_contact_data_is_known_in_many_forms(text: str) -> None:
    assert "contact" in codes(sight(text))


@pytest.mark.parametrize(
    "text",
    [
        "Health goes 10 20 30 40 50 60 and armour 5 10.",
        "It costs 1,200,000 gold in all.",
        "Turn the wheel 14-27-33 and wait.",
        "Roll 3d6+2 and add 7.",
        "The wall tells a number of days since 12/03/1487.",
        "Card 4556 7375 8689 9854 is a fake.",
        "On 2026-11-21 18:44 it fell.",
        "A serial A-1138-K on the hilt.",
    ],
)
def test_numbers_of_a_game_are_nobodys(text: str) -> None:
    assert not codes(sight(text)) & {"contact", "secret"}


@pytest.mark.parametrize("wrongly", ["cp1252", "latin-1", "mac_roman", "cp437"])
def test_text_read_in_the_wrong_encoding_is_seen(wrongly: str) -> None:
    text = "It’s “over” – said Søren."
    damaged = text.encode().decode(wrongly, "replace")
    assert "encoding" in codes(sight(damaged))
    assert "encoding" not in codes(sight(text))


@pytest.mark.parametrize(
    "text",
    ["Привет, это старая мельница.", "“Été”—naïve «Ça va», été.", "古い水車小屋で会おう。", "Zażółć gęślą jaźń."],
)
def test_other_scripts_are_not_damage(text: str) -> None:
    assert "encoding" not in codes(sight(text))


@pytest.mark.parametrize(
    "make", [str.strip, lambda text: text + "\ud800", lambda text: text * 50, lambda text: text[:1]]
)
def test_nothing_that_is_text_raises(make: Callable[[str], str]) -> None:
    for wrong, right, before in CASES.values():
        for text in (wrong, right):
            Limits.of(AuditSettings()).reasons(sight(make(text), before))
    assert {reason.decision for reason in Limits.of(AuditSettings()).reasons(sight(""))} == {Decision.BIN}


def test_the_page_tells_each_check_with_its_threshold_and_decision(root: Path) -> None:
    page = (root / "docs" / "auditing.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" `") for cell in line.split("|")] for line in page.splitlines() if line.startswith("| `")]
    told = {row[1]: (row[3], row[4]) for row in rows}
    for code, limit in shipped().items():
        threshold, decision = told[code]
        assert decision == limit.decision.value
        assert not limit.limit or f"{limit.limit:,g}" in threshold or f"{limit.limit:,.0f}" in threshold
