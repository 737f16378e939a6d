import pytest

from studio.scenario.completion import Completer, Completion, Names

NAMES = Names(("Wren", "Bog Brigand", "Bog"), ("Healing Draught", "Rope"))


def texts(line: str, block: str | None) -> list[str]:
    return [candidate.text for candidate in complete(line, block).candidates]


def complete(line: str, block: str | None) -> Completion:
    return Completer().complete(line, block, NAMES)


@pytest.mark.parametrize(
    ("line", "block", "first", "begun"),
    [
        ("<", None, "<SYSTEM></SYSTEM>", 1),
        ("<us", None, "<User></User>", 3),
        ("words</", "DM", "</DM>", 2),
        ("words<", "User", "</User>", 1),
        ("[", "DM", "roll: ", 0),
        ("[da", "DM", "damage: ", 2),
        ("[begin", "DM", "begin combat]", 5),
        ("[roll: st", "DM", "stealth", 2),
        ("[roll: sleight of", "DM", "sleight_of_hand", 10),
        ("[roll: sleight_of_hand fo", "DM", "for ", 2),
        ("[damage: bo", "DM", "Bog Brigand ", 2),
        ("[give: Bog Brigand ro", "DM", "Rope", 2),
        ("[give: Wren heal", "DM", "Healing Draught", 4),
        ("[condition: Wren pr", "DM", "prone", 2),
        ("[roll: stealth dc 12 for W", "DM", "Wren", 1),
        ("*SU", "DM", "*SUCCESS* ", 3),
        ("<DM>*", "DM", "*SUCCESS* ", 1),
        ("# Lo", "SYSTEM", "Location", 2),
        ("- He", "SYSTEM", "Health: ", 2),
        ("- Skills: Stealth +6, Att", "SYSTEM", "Attack +", 3),
        ("ta", "front", "tags: [", 2),
        ("type: ro", "front", "roleplay", 2),
        ("player: W", "front", "Wren", 1),
    ],
)
def test_what_fits_comes_first(line: str, block: str | None, first: str, begun: int) -> None:
    found = complete(line, block)
    assert (found.candidates[0].text if found.candidates else None, found.begun) == (first, begun)


@pytest.mark.parametrize(
    ("line", "block"),
    [("I wade across", "User"), ("He nods", "DM"), ("[x", "User"), ("", None), ("stealth: 12", "TOOLCALL")],
)
def test_plain_prose_offers_nothing(line: str, block: str | None) -> None:
    assert complete(line, block) == Completion()


def test_an_option_that_is_there_is_not_offered_again() -> None:
    assert "dc " in texts("[roll: stealth ", "DM")
    assert "dc " not in texts("[roll: stealth dc 12 ", "DM")


def test_a_new_block_leaves_the_cursor_inside() -> None:
    candidate = complete("<DM", None).candidates[0]
    assert candidate.text[: -candidate.back] == "<DM>"


@pytest.mark.parametrize(
    "line", ["[" * 500, "[roll:" + " " * 500, "[give: " + "Bog " * 200, "<" * 300, "\ud83d\ude00[roll: s"]
)
def test_any_line_gets_an_answer(line: str) -> None:
    for block in (None, "front", "SYSTEM", "User", "DM", "TOOLCALL"):
        assert isinstance(complete(line, block), Completion)
