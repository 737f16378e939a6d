"""What stands around a place, and what completion makes of it. `^` is where the cursor is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.lint import Severity, check
from studio.scenario import Parsed, ToolTable, Vocabulary, parse
from studio.scenario.blocks import BlockKind
from studio.scenario.candidates import Candidate, Completion, Names
from studio.scenario.completion import Completer
from studio.scenario.surroundings import Surroundings

HEAD = """\
---
title: A Toll
player: Wren
---
<SYSTEM>
# Role
You are the DM.

# Party

## Wren
- Player Character
- Health: 18/20
- Inventory: Clasp Knife (4), silver x5
- Skills: Sleight of Hand +6, Stealth +7, Sailing +1

## Bog Brigand
- Enemy
- Health: 9/9
- Inventory: Cudgel (3), Rope
- Skills: Attack +3, Stealth -1
</SYSTEM>

"""
CHECK = "<User>I creep.</User>\n\n<DM>Mud.\n\n[roll: {}]</DM>\n\n"
ROLLED = HEAD + CHECK.format("stealth") + "<TOOLCALL>stealth: "


def around(text: str, parsed: Parsed | None = None) -> Surroundings:
    before, _mark, after = text.partition("^")
    known = parsed if parsed is not None else parse(before + after)
    return Surroundings(before + after, len(before), known, ToolTable.shipped(), Vocabulary.shipped())


def block_of(text: str, offset: int) -> str | None:
    for block in parse(text).blocks:
        if block.kind is BlockKind.FRONT and block.content.start <= offset <= block.content.end:
            return "front"
        end = block.content.end
        inside = offset <= end or (block.closing is None and not text[end:offset].strip())
        if block.kind is BlockKind.BLOCK and block.content.start <= offset and inside:
            return block.name
    return None


def complete(text: str, *, asked: bool = False) -> Completion:
    here = around(text)
    line = here.text[here.text.rfind("\n", 0, here.offset) + 1 : here.offset]
    return Completer().complete(line, block_of(here.text, here.offset), Names(), here, asked=asked)


def texts(text: str, *, asked: bool = False) -> list[str]:
    return [candidate.text for candidate in complete(text, asked=asked).candidates]


def details(text: str) -> dict[str, str]:
    return {candidate.text.strip(): candidate.detail for candidate in complete(text).candidates}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("<^", "<SYSTEM></SYSTEM>"),
        (HEAD + "<^", "<User></User>"),
        (HEAD + "<User>I go.</User>\n\n<^", "<DM></DM>"),
        (HEAD + "<User>I go.</User>\n\n<DM>Mud.</DM>\n<^", "<User></User>"),
        (HEAD + "<DM>[begin combat]</DM>\n<^", "<User></User>"),
        (HEAD + CHECK.format("stealth") + "<^", "<TOOLCALL>stealth: 13 + 7(skill) = *20*</TOOLCALL>"),
        (HEAD + CHECK.format("Sleight_of_hand") + "<^", "<TOOLCALL>Sleight_of_hand: 13 + 6(skill) = *19*</TOOLCALL>"),
        (HEAD + CHECK.format("stealth for bog brigand") + "<^", "<TOOLCALL>stealth: 13 - 1(skill) = *12*</TOOLCALL>"),
        (HEAD + CHECK.format("arcana dc 9 adv") + "<^", "<TOOLCALL>arcana: 13 = *13*</TOOLCALL>"),
        (ROLLED + "8 + 7(skill) = *15*</TOOLCALL>\n<^", "<DM>*SUCCESS* </DM>"),
        (ROLLED + "7 + 7(skill) = *14*</TOOLCALL>\n<^", "<DM>*FAILED* </DM>"),
        (ROLLED.replace("h]", "h dc 14]") + "7 + 7(skill) = *14*</TOOLCALL><^", "<DM>*SUCCESS* </DM>"),
        (HEAD + CHECK.format("initiative") + "<TOOLCALL>initiative: 7 = *7*</TOOLCALL><^", "<DM></DM>"),
        (
            HEAD + CHECK.format("stealth] [roll: arcana") + "<TOOLCALL>stealth: 8 + 7(skill) = *15*</TOOLCALL>\n<^",
            "<TOOLCALL>arcana: 13 = *13*</TOOLCALL>",
        ),
        (HEAD + CHECK.format("stealth") + "<TOOLCALL>^", "stealth: 13 + 7(skill) = *20*"),
        (HEAD + CHECK.format("stealth") + "<TOOLCALL>st^</TOOLCALL>", "stealth: 13 + 7(skill) = *20*"),
        (ROLLED + "7 + 7(skill) = *14*</TOOLCALL>\n<DM>*^", "*FAILED* "),
        (ROLLED + "8 + 7(skill) = *15*</TOOLCALL>\n<DM>*^</DM>", "*SUCCESS* "),
    ],
)  # fmt: skip
def test_the_likely_block_comes_first(text: str, first: str) -> None:
    asked = not text.replace("^", "").endswith(("<", "*", "st</TOOLCALL>"))
    assert texts(text, asked=asked)[0] == first


def test_another_system_is_not_offered_and_every_other_block_is() -> None:
    offered = {text.partition(">")[0] for text in texts(HEAD + "<^")}
    assert offered == {"<User", "<DM", "<TOOLCALL"}
    assert [one.text for one in Completer().following(around(HEAD + "^")).candidates] == ["<User></User>", "<DM></DM>"]


def test_the_numbers_of_a_result_are_places_to_type_over() -> None:
    candidate = complete(HEAD + CHECK.format("stealth") + "<^").candidates[0]
    assert [candidate.text[stop.span.start : stop.span.end] for stop in candidate.stops] == ["13", "20", ""]


def test_skills_of_who_acts_come_first_with_their_modifiers() -> None:
    offered = details(HEAD + "<DM>[roll: ^")
    assert list(offered)[:4] == ["stealth", "sleight_of_hand", "sailing", "athletics"]
    assert (offered["stealth"], offered["sailing"], offered["athletics"]) == ("+7", "+1", "")
    assert len(offered) == len(Vocabulary.shipped().skills) + 1
    assert list(details(HEAD + "<DM>[roll: ^ for Bog Brigand]</DM>"))[:2] == ["attack", "stealth"]
    without = HEAD.replace("player: Wren\n", "").replace("Player Character", "Companion")
    assert details(without + "<DM>[roll: ^")["stealth"] == "+7 Wren"


def test_who_rolls_comes_with_the_modifier() -> None:
    assert details(HEAD + "<DM>[roll: stealth dc 12 for ^") == {"Wren": "+7", "Bog Brigand": "-1"}
    assert texts(HEAD + "<DM>[roll: attack for ^")[0] == "Bog Brigand"


def test_options() -> None:
    assert texts(HEAD + "<DM>[roll: stealth ^") == ["dc ", "adv", "dis", "for "]
    assert texts(HEAD + "<DM>[roll: stealth adv dc 12 ^") == ["for "]
    assert texts(HEAD + "<DM>[roll: stealth dc ^")[:2] == ["15", "5"]
    assert texts(HEAD + "<DM>[roll: stealth di^") == ["dis"]


def test_a_blow_is_meant_for_an_enemy_and_a_draught_for_the_player() -> None:
    assert details(HEAD + "<DM>[damage: ^") == {"Bog Brigand": "health 9 of 9", "Wren": "health 18 of 20"}
    assert texts(HEAD + "<DM>[heal: ^")[0] == "Wren "
    assert details(HEAD + "<DM>[damage: Bog_Brigand ^") == {"4": "Clasp Knife", "3": "Cudgel"}


def test_items_are_those_of_the_moment() -> None:
    assert details(HEAD + "<DM>[take: Wren ^") == {"Clasp Knife (4)": "", "silver": "x5"}
    told = HEAD + "<DM>[take: Wren silver x5] [give: Wren Rope] [take: Bog Brigand rope]</DM>\n"
    assert texts(told + "<DM>[take: Wren ^") == ["Clasp Knife (4)", "Rope"]
    assert texts(told + "<DM>[take: Bog Brigand ^") == ["Cudgel (3)"]
    assert texts(told + "<DM>[give: wren Oar] So. [take: wren ^") == ["Clasp Knife (4)", "Rope", "Oar"]
    assert texts(told + "<DM>[take: Wren ^]</DM>\n<DM>[give: Wren Later]</DM>") == ["Clasp Knife (4)", "Rope"]
    assert texts(told + "<DM>[give: Wren ^") == ["Clasp Knife (4)", "Rope", "Cudgel (3)"]


def test_conditions_that_someone_is_in_can_be_ended() -> None:
    told = HEAD + "<DM>[condition: Wren prone]</DM>\n<DM>[condition: Wren ^"
    assert texts(told)[0] == "prone off"
    assert "prone" not in texts(told)
    assert "prone off" not in texts(
        told.replace("<DM>[condition: Wren ^", "<DM>[condition: Wren prone off] [condition: Wren ^")
    )


def test_a_sheet_is_offered_what_it_lacks() -> None:
    offered = texts(HEAD.replace("- Skills: Attack +3, Stealth -1\n", "- ^\n"))
    assert offered == ["Level ", "Exp: ", "Spells: ", "Skills: "]
    assert texts(HEAD.replace("# Party\n", "# ^\n# Party\n")) == ["World", "Location"]
    assert texts(HEAD.replace("Attack +3, Stealth -1", "Attack +3, St^")) == ["Stealth +"]
    assert texts(HEAD.replace("- Enemy\n", "- En^\n").replace("- Health: 9/9\n", "")) == ["Enemy"]


def test_front_matter_is_offered_what_it_lacks() -> None:
    assert texts(HEAD.replace("title: A Toll\n", "title: A Toll\n^\n")) == ["type: ", "tags: [", "weight: ", "seed: "]
    assert texts(HEAD.replace("player: Wren", "player: ^")) == ["Wren", "Bog Brigand"]
    assert texts(HEAD.replace("player: Wren", "tags: [a, he^]")) == ["held-out"]


def test_snippets_between_blocks_by_their_word_and_in_turns_where_asked() -> None:
    check_ = complete(HEAD + "che^").candidates[0]
    assert (check_.kind, check_.label) == ("snippet", "check")
    assert "stealth: 13 + 7" not in check_.text and "sleight_of_hand: 13 + 6(skill) = *19*" in check_.text
    assert [one.label for one in complete("^", asked=True).candidates][:2] == ["<SYSTEM></SYSTEM>", "<User></User>"]
    assert "scenario" in [one.label for one in complete("sce^").candidates]
    assert [one.label for one in complete(HEAD + "sce^").candidates] == []
    assert [one.label for one in complete(HEAD + "fron^").candidates] == []
    assert [one.label for one in complete("fron^").candidates] == ["front"]
    assert texts(HEAD + "<DM>He nods. hi^</DM>") == texts(HEAD + "<DM>Hit^</DM>") == texts(HEAD + "<DM>hi^</DM>") == []
    assert [one.label for one in complete(HEAD + "<DM>hit^</DM>").candidates] == ["hit"]
    assert [one.label for one in complete(HEAD + "<DM>He nods. hi^</DM>", asked=True).candidates] == ["hit"]
    assert texts(HEAD + "<DM>[take: Wren zz^]</DM>", asked=True) == []
    assert [one.label for one in complete(HEAD.replace("</SYSTEM>", "ene^</SYSTEM>")).candidates] == ["enemy"]
    assert complete(HEAD.replace("You are", "ene^")).candidates == ()


def test_what_is_offered_makes_a_scenario_without_an_error() -> None:
    """From nothing to a whole play by taking the first thing that is offered."""
    text = HEAD
    for _turn in range(6):
        candidate = complete(text + "<^").candidates[0]
        words = candidate.text.replace(
            "></", ">I nod. [roll: stealth dc 30]</" if "<DM>" in candidate.text else ">I nod.</"
        )
        text += words.replace("*FAILED* </DM>", "*FAILED* No.</DM>") + "\n\n"
    assert text.count("<TOOLCALL>") == 1 and "*FAILED* No." in text
    errors = [one.message for one in check(parse(text)) if one.severity is Severity.ERROR]
    assert errors == []


def test_a_scenario_that_was_read_a_moment_ago_still_serves() -> None:
    old = parse(HEAD + "<User>I creep.</User>\n")
    new = around(HEAD + CHECK.format("stealth") + "^", old)
    assert (new.due[0].tag, new.due[0].content) == ("TOOLCALL", "stealth: 13 + 7(skill) = *20*")
    assert around("<^", None).due[0].tag == "SYSTEM"


PIECES = [
    HEAD,
    "<User>",
    "</User>",
    "<DM>",
    "</DM>",
    "<TOOLCALL>",
    "</TOOLCALL>",
    "[roll: stealth]",
    "[take: Wren ",
    "[",
    "]",
]
PIECES += [
    "[damage: Bog ",
    "stealth: 3 = *3*",
    "x",
    "\n",
    " ",
    "*",
    "<",
    "[roll: a dc ",
    " for ",
    "- ",
    "# ",
    "## X\n",
    "che",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.integers(0, 400), st.booleans())
def test_any_place_of_any_text_gets_an_answer(pieces: list[str], place: int, asked: bool) -> None:
    text = "".join(pieces)
    place = min(place, len(text))
    old = parse(text[: place // 2])
    here = Surroundings(text, place, old, ToolTable.shipped(), Vocabulary.shipped())
    line = text[text.rfind("\n", 0, place) + 1 : place]
    for block in (None, "front", "SYSTEM", "User", "DM", "TOOLCALL"):
        found = Completer().complete(line, block, Names(), here, asked=asked)
        assert 0 <= found.begun <= len(line)
        for candidate in found.candidates:
            assert isinstance(candidate, Candidate) and 0 <= candidate.back <= len(candidate.text)
            assert all(0 <= stop.span.start <= stop.span.end <= len(candidate.text) for stop in candidate.stops)
