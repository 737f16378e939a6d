"""The SYSTEM block: sections and sheets as written."""

import pytest

from studio.scenario import Character, Item, ProblemKind, parse
from studio.scenario.fields import read_item, read_skill, split_list


def party(*lines: str) -> tuple[Character, ...]:
    system = parse("<SYSTEM>\n# Party\n" + "\n".join(lines) + "\n</SYSTEM>").scenario.system
    assert system is not None
    return system.party


def one(*lines: str) -> Character:
    return party("## Wren", *lines)[0]


def problems(*lines: str) -> list[ProblemKind]:
    text = "<SYSTEM>\n# Party\n## Wren\n" + "\n".join(lines) + "\n</SYSTEM>"
    return [problem.kind for problem in parse(text).problems]


def test_sections_are_stripped_and_missing_ones_are_none() -> None:
    system = parse("<SYSTEM>\n# role:\n\n You.  \n\nAnd more.\n# World\n# Party\n</SYSTEM>").scenario.system
    assert system is not None
    assert (system.role, system.world, system.location, system.party) == ("You.  \n\nAnd more.", None, None, ())


def test_underlined_headings_are_headings() -> None:
    system = parse("<SYSTEM>\nRole\n====\nYou.\n\nParty\n=====\n\nWren\n----\n- Level 2\n</SYSTEM>").scenario.system
    assert system is not None
    assert system.role == "You."
    assert [(c.name, c.level) for c in system.party] == [("Wren", 2)]


def test_every_field_with_its_span() -> None:
    text = (
        "<SYSTEM>\n# Party\n\n## Wren \n- Player Character  \n- Ranger\n- Level 3\n- Health: 24/26\n- Exp: 700/900\n"
        "- Inventory: Ash Bow (6), Rope (50 ft, hemp), silver x14\n- Spells: Mend (6), Ward\n"
        "- Skills: Sleight of Hand +4, Stealth −1\n- Home: High Cairn: the cellar\n</SYSTEM>"
    )
    system = parse(text).scenario.system
    assert system is not None
    wren = system.party[0]
    assert (wren.name, wren.kind, wren.class_name, wren.level) == ("Wren", "Player Character", "Ranger", 3)
    assert (wren.health, wren.experience) == ((24, 26), (700, 900))
    assert wren.inventory == (Item("Ash Bow (6)"), Item("Rope (50 ft, hemp)"), Item("silver", 14))
    assert wren.spells == ("Mend (6)", "Ward")
    assert wren.skills == {"Sleight of Hand": 4, "Stealth": -1}
    assert wren.other == {"Home": "High Cairn: the cellar"}
    written = {name: text[span.start : span.end] for name, span in wren.field_spans.items()}
    assert written["health"] == "24/26"
    assert written["level"] == "3"
    assert written["kind"] == "Player Character"
    assert written["name"] == "Wren"
    assert written["skills.Stealth"] == "Stealth"
    assert written["other.Home"] == "High Cairn: the cellar"
    assert text[wren.span.start : wren.span.end].startswith("## Wren")
    assert text[wren.span.start : wren.span.end].endswith("cellar")


def test_modifier_is_case_free_and_underscore_is_a_space() -> None:
    wren = one("- Skills: Sleight of Hand +4")
    assert wren.modifier("sleight_of_hand") == wren.modifier("SLEIGHT OF HAND") == 4
    assert wren.modifier("sleight") is None


@pytest.mark.parametrize(
    ("lines", "kind", "class_name"),
    [
        (["- Player Character", "- Wizard"], "Player Character", "Wizard"),
        (["- Wizard", "- Player Character"], "Player Character", "Wizard"),
        (["- NPC Companion"], "NPC Companion", None),
        (["- Wizard"], None, "Wizard"),
        (["- Lockwarden", "- Human"], "Lockwarden", "Human"),
        ([], None, None),
    ],
)
def test_kind_and_class(lines: list[str], kind: str | None, class_name: str | None) -> None:
    wren = one(*lines)
    assert (wren.kind, wren.class_name) == (kind, class_name)


def test_values_that_cannot_be_read_are_none_and_told() -> None:
    wren = one("- Level high", "- Health: 12", "- Exp: a/b", "- Skills: Stealth")
    assert (wren.level, wren.health, wren.experience, wren.skills) == (None, None, None, {})
    assert problems("- Level high", "- Health: 12", "- Exp: a/b") == [ProblemKind.FIELD_BAD] * 3
    assert problems("- Skills: Stealth") == [ProblemKind.SKILL_BAD]


def test_a_value_goes_on_over_a_wrapped_line() -> None:
    assert one("- Inventory: Rope,", "  Lamp x2").inventory == (Item("Rope"), Item("Lamp", 2))


def test_nested_lists_and_fences_are_no_fields() -> None:
    wren = one("- Level 2", "  - Level 9", "```", "- Health: 1/1", "```")
    assert (wren.level, wren.health) == (2, None)


def test_names_of_many_scripts_and_many_characters() -> None:
    names = [character.name for character in party("## Zoë", "- Level 1", "## 李 🐉", "## שרה", "- Health: 1/2")]
    assert names == ["Zoë", "李 🐉", "שרה"]


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("silver x14", Item("silver", 14)),
        ("silver ×3", Item("silver", 3)),
        ("silver x 3", Item("silver", 3)),
        ("Staff of Power", Item("Staff of Power")),
        ("Shortsword +1", Item("Shortsword +1")),
        ("50 gold pieces", Item("50 gold pieces")),
        ("x2", Item("x2")),
        ("Box x", Item("Box x")),
    ],
)
def test_items(text: str, item: Item) -> None:
    assert read_item(text) == item


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Stealth +7", ("Stealth", 7)),
        ("Sleight of Hand + 6", ("Sleight of Hand", 6)),
        ("Stealth: -1", ("Stealth", -1)),
        ("Stealth 3", ("Stealth", 3)),
        ("Stealth", None),
        ("+7", None),
        ("", None),
    ],
)
def test_skills(text: str, skill: tuple[str, int] | None) -> None:
    assert read_skill(text) == skill


def test_commas_in_brackets_do_not_part_entries() -> None:
    text = "a, b (c, d) , , e("
    assert [text[start:end] for start, end in split_list(text)] == ["a", "b (c, d)", "e("]
