from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.scenario import Character, Edit, Scenario, parse
from studio.scenario import party_edits as edits_of
from studio.scenario.writer import NotWritable

TEXT = """---
title: Toll
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health:  20/26
- Inventory: Rope ,silver  x3, Ash Bow (6, bent)
- Motto: never twice
- Skills: Stealth +6,Attack +5

## Tamsin
*   NPC Companion
*   Spells: Light, Mending
</SYSTEM>

<User>I wade.</User>

<DM>[roll: stealth]</DM>
"""
ATTACK = "Attack +5"


def made(text: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def changed(edit: Callable[[Scenario], Sequence[Edit]], text: str = TEXT) -> tuple[Scenario, Edit]:
    (one,) = edit(parse(text).scenario)
    after = parse(made(text, [one])).scenario
    assert [turn.content for turn in after.turns] == [turn.content for turn in parse(text).scenario.turns]
    return after, one


def party(scenario: Scenario) -> tuple[Character, ...]:
    assert scenario.system is not None
    return scenario.system.party


@pytest.mark.parametrize(
    ("field", "value", "old", "new"),
    [
        ("name", "Wrenna", "", "na"),
        ("kind", "Player", " Character", ""),
        ("class_name", "Rogue", "anger", "ogue"),
        ("level", 4, "3", "4"),
        ("health", (18, 26), "20", "18"),
        ("experience", (1, 9), "", "\n- Exp: 1/9"),
        ("Motto", "never", " twice", ""),
        ("Age", "31", "", "\n- Age: 31"),
        ("class_name", None, "- Ranger\n", ""),
        ("Motto", None, "- Motto: never twice", ""),
    ],
)
def test_one_field_changes_and_nothing_beside_it(field: str, value: object, old: str, new: str) -> None:
    after, edit = changed(lambda scenario: edits_of.set_field(scenario, 0, field, value))
    assert TEXT[edit.span.start : edit.span.end].strip() == old.strip()
    assert edit.text == new
    one = party(after)[0]
    found = one.other.get(field) if field in ("Motto", "Age") else getattr(one, field)
    assert found == value or (value is None and not found)
    assert party(after)[1] == replaced_spans(party(after)[1], party(parse(TEXT).scenario)[1])


def replaced_spans(new: Character, old: Character) -> Character:
    """The old sheet with the new one's places."""
    values = {name: getattr(old, name) for name in ("name", "kind", "class_name", "level", "health", "experience")}
    lists = {name: getattr(old, name) for name in ("inventory", "spells", "skills", "other")}
    return Character(**values, **lists, span=new.span, field_spans=new.field_spans)


@pytest.mark.parametrize(
    ("entries", "line"),
    [
        (["Rope", "silver x4", "Ash Bow (6, bent)"], "Rope ,silver x4, Ash Bow (6, bent)"),
        (["Rope", "silver  x3", "Ash Bow (6, bent)", "Candle"], "Rope ,silver  x3, Ash Bow (6, bent), Candle"),
        (["silver  x3", "Ash Bow (6, bent)"], "silver  x3, Ash Bow (6, bent)"),
        (["Rope", "silver  x3"], "Rope ,silver  x3"),
        (["Rope", "Ash Bow (6, bent)"], "Rope ,Ash Bow (6, bent)"),
        (["Rope"], "Rope"),
        (["Rope", "Hook", "silver  x3", "Ash Bow (6, bent)"], "Rope ,Hook, silver  x3, Ash Bow (6, bent)"),
    ],
)
def test_entries_that_stay_keep_their_text(entries: list[str], line: str) -> None:
    after, _edit = changed(lambda scenario: edits_of.set_entries(scenario, 0, "inventory", entries))
    assert after.text == TEXT.replace("Rope ,silver  x3, Ash Bow (6, bent)", line)


def test_the_last_entry_takes_its_line_along_and_the_first_brings_it() -> None:
    after, _edit = changed(lambda scenario: edits_of.set_entries(scenario, 1, "spells", []))
    assert "Spells" not in after.text
    again, _edit = changed(lambda scenario: edits_of.set_entries(scenario, 1, "skills", ["Insight +2"]))
    assert party(again)[1].skills == {"Insight": 2}


def test_a_skill_that_cannot_be_read_does_not_keep_the_others_from_being_changed() -> None:
    text = TEXT.replace("Stealth +6,", "Stealth +6, Luck, ")
    after, _edit = changed(
        lambda scenario: edits_of.set_entries(scenario, 0, "skills", ["Stealth +7", "Luck", ATTACK]), text
    )
    assert party(after)[0].skills == {"Stealth": 7, "Attack": 5}
    assert "Luck" in after.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Wren</SYSTEM>"),
        ("name", ""),
        ("name", "a\n## b"),
        ("kind", "Motto: x"),
        ("class_name", "Level 9"),
        ("level", "three"),
        ("health", "20"),
        ("Motto", "</SYSTEM>"),
        ("Motto", "<DM>hello</DM>"),
        ("skills", "Level"),
    ],
)
def test_what_would_read_as_something_else_is_refused(field: str, value: object) -> None:
    with pytest.raises(NotWritable):
        edits_of.set_field(parse(TEXT).scenario, 0, field, value)


@given(
    st.text(alphabet="<>/SYTEMDMUser# -:,\n\r[]`*x1", max_size=24),
    st.sampled_from(["name", "kind", "Motto", "inventory"]),
)
def test_whatever_is_typed_the_play_stays_and_only_the_field_changes(value: str, field: str) -> None:
    scenario = parse(TEXT).scenario
    try:
        entries = [value, "Rope"]
        edits = (
            edits_of.set_entries(scenario, 0, field, entries)
            if field == "inventory"
            else edits_of.set_field(scenario, 0, field, value)
        )
    except NotWritable:
        return
    after = parse(made(TEXT, edits)).scenario
    assert [turn.content for turn in after.turns] == [turn.content for turn in scenario.turns]
    assert len(party(after)) == 2
    assert party(after)[1].spells == ("Light", "Mending")
    assert party(after)[0].skills == {"Stealth": 6, "Attack": 5}


def test_a_key_is_renamed_in_its_place() -> None:
    after, edit = changed(lambda scenario: edits_of.rename_key(scenario, 0, "Motto", "Saying"))
    assert party(after)[0].other == {"Saying": "never twice"}
    assert edit.span.end - edit.span.start <= len("Motto")
    for bad in ("Health", "hp", "a: b", ""):
        with pytest.raises(NotWritable):
            edits_of.rename_key(parse(TEXT).scenario, 0, "Motto", bad)


def test_characters_come_go_and_change_places() -> None:
    fresh = Character("Odo", kind="NPC", level=1, health=(4, 4))
    after, _edit = changed(lambda scenario: edits_of.add_character(scenario, fresh))
    assert [one.name for one in party(after)] == ["Wren", "Tamsin", "Odo"]
    assert party(after)[2].health == (4, 4)
    moved, _edit = changed(lambda scenario: edits_of.move_character(scenario, 2, -1), after.text)
    assert [one.name for one in party(moved)] == ["Wren", "Odo", "Tamsin"]
    back, _edit = changed(lambda scenario: edits_of.move_character(scenario, 1, 1), moved.text)
    assert back.text == after.text
    gone, _edit = changed(lambda scenario: edits_of.remove_character(scenario, 2), after.text)
    assert gone.text == TEXT
    first, _edit = changed(lambda scenario: edits_of.remove_character(scenario, 0))
    assert [one.name for one in party(first)] == ["Tamsin"]
    for place, steps in ((0, -1), (1, 1), (5, 1)):
        with pytest.raises(NotWritable):
            edits_of.move_character(parse(TEXT).scenario, place, steps)


@pytest.mark.parametrize("system", ["", "\n", "\n# Role\nx\n", "\n# Party\n", "\n# Party\n\n", "# Party"])
def test_the_first_character_of_any_system_block(system: str) -> None:
    text = f"<SYSTEM>{system}</SYSTEM>\n\n<User>x</User>\n"
    after, _edit = changed(lambda scenario: edits_of.add_character(scenario, Character("Odo", kind="NPC")), text)
    assert [one.name for one in party(after)] == ["Odo"]


def test_of_two_of_one_name_the_right_one_changes() -> None:
    text = TEXT.replace("## Tamsin", "## Wren")
    after, _edit = changed(lambda scenario: edits_of.set_field(scenario, 1, "level", 2), text)
    assert [one.level for one in party(after)] == [3, 2]


def test_windows_line_ends_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    after, _edit = changed(lambda scenario: edits_of.set_field(scenario, 0, "Age", "31"), text)
    assert "\r\n- Age: 31\r\n" in after.text
    assert "\n" not in after.text.replace("\r\n", "")


def test_without_system_there_is_nothing_to_edit() -> None:
    for edit in (
        lambda scenario: edits_of.set_field(scenario, 0, "name", "x"),
        lambda scenario: edits_of.add_character(scenario, Character("x")),
    ):
        with pytest.raises(NotWritable):
            edit(parse("<User>x</User>").scenario)
