"""Writing back: the same bytes, or only the changed stretch."""

import difflib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import LorewrightError
from studio.files import read_text
from studio.scenario import Character, Item, Scenario, Span, Speaker, Turn, parse, render, with_field, with_health
from studio.scenario.writer import NoSuchCharacter, NotWritable, fresh, with_section

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
EXAMPLE = read_text(FIXTURES / "example.md")


def character(scenario: Scenario, name: str) -> Character:
    assert scenario.system is not None
    return next(one for one in scenario.system.party if one.name == name)


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.md")), ids=lambda path: path.stem)
def test_every_fixture_is_written_back_byte_for_byte(path: Path) -> None:
    data = path.read_bytes()
    if path.name != "S001.wrong.md":
        assert render(parse(data.decode("utf-8")).scenario).encode("utf-8") == data


def test_health_changes_nothing_but_its_own_text() -> None:
    scenario = with_health(parse(EXAMPLE).scenario, "sella", (3, 22))
    assert character(scenario, "Sella").health == (3, 22)
    assert scenario.text == EXAMPLE.replace("Health: 22/22", "Health: 3/22")


@pytest.mark.parametrize(
    ("field", "value", "lines"),
    [
        ("level", 4, ["-- Level 3", "+- Level 4"]),
        ("name", "Ivo", ["-## Iva", "+## Ivo"]),
        ("class_name", "Sorcerer", ["-- Wizard", "+- Sorcerer"]),
        ("skills", {"Arcana": 5, "Stealth": -1}, ["+- Skills: Arcana +5, Stealth -1"]),
        ("spells", ("Spark",), ["-- Spells: Spark, Ward, Ball of Fire", "+- Spells: Spark"]),
        ("spells", None, ["-- Spells: Spark, Ward, Ball of Fire"]),
        ("experience", (0, 1), ["-- Exp: 750/2700", "+- Exp: 0/1"]),
        ("Home", "High Cairn", ["+- Home: High Cairn"]),
        (
            "inventory",
            (Item("Staff of Power"), Item("silver", 3)),
            [
                "-- Inventory: Spellbook, Staff of Power, 50 silver pieces, Health Potion x2",
                "+- Inventory: Staff of Power, silver x3",
            ],
        ),
    ],
)
def test_each_field_changes_one_line(field: str, value: object, lines: list[str]) -> None:
    scenario = with_field(parse(EXAMPLE).scenario, "Iva", field, value)
    assert changed_lines(EXAMPLE, scenario.text) == lines


def test_line_ends_of_the_file_are_kept() -> None:
    text = EXAMPLE.replace("\n", "\r\n")
    scenario = with_field(parse(text).scenario, "Thom", "skills", {"Attack": 4})
    assert "- Skills: Attack +4\r\n</SYSTEM>" in scenario.text
    assert scenario.text.count("\n") == scenario.text.count("\r\n")
    assert with_field(scenario, "Thom", "skills", None).text == text


def test_an_unknown_character_is_told_with_those_there_are() -> None:
    with pytest.raises(NoSuchCharacter) as caught:
        with_health(parse(EXAMPLE).scenario, "Tomas", (1, 1))
    assert "Iva, Sella, Thom" in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"), [("name", "</SYSTEM>"), ("name", ""), ("level", -1), ("spells", ("a, b",)), ("skills", {"": 3})]
)
def test_what_would_not_read_back_is_refused(field: str, value: object) -> None:
    with pytest.raises(NotWritable):
        with_field(parse(EXAMPLE).scenario, "Iva", field, value)


words = st.text(alphabet="abc XYZé🐉-#[]<>:,()x2\n", max_size=12)


@given(
    st.one_of(
        st.tuples(st.just("health"), st.tuples(st.integers(0, 99), st.integers(1, 99))),
        st.tuples(st.just("level"), st.integers(-3, 99)),
        st.tuples(st.sampled_from(["name", "kind", "class_name", "Home"]), words),
        st.tuples(st.just("spells"), st.lists(words, max_size=3).map(tuple)),
        st.tuples(st.just("skills"), st.dictionaries(words, st.integers(-9, 9), max_size=3)),
        st.tuples(st.just("inventory"), st.lists(st.builds(Item, words, st.integers(0, 9)), max_size=3).map(tuple)),
    )
)
def test_an_edit_reads_back_and_touches_no_turn_or_is_refused(edit: tuple[str, object]) -> None:
    field, value = edit
    before = parse(EXAMPLE).scenario
    try:
        after = with_field(before, "Sella", field, value)
    except LorewrightError as error:
        assert isinstance(error, NotWritable)
        return
    assert after.system is not None
    written = after.system.party[1]
    assert written.other.get(field) == str(value).strip() if field == "Home" else getattr(written, field) == value
    assert [(t.speaker, t.content) for t in after.turns] == [(t.speaker, t.content) for t in before.turns]
    assert character(after, "Iva").inventory == character(before, "Iva").inventory


def test_sections_change_alone() -> None:
    scenario = with_section(parse(EXAMPLE).scenario, "world", "Nothing but sea.")
    assert scenario.system is not None
    assert (scenario.system.world, len(scenario.system.party)) == ("Nothing but sea.", 3)
    assert len(changed_lines(EXAMPLE, scenario.text)) == 2


def test_a_missing_section_is_added_and_what_would_not_read_back_is_refused() -> None:
    bare = parse("<SYSTEM>\r\n# Role\r\nx\r\n</SYSTEM>").scenario
    added = with_section(bare, "location", "A ford.")
    assert added.system is not None
    assert (added.system.role, added.system.location) == ("x", "A ford.")
    assert with_section(added, "role", "").system is not None
    for scenario, text in ((bare, "a\n# Party\nb"), (parse("").scenario, "a")):
        with pytest.raises(NotWritable):
            with_section(scenario, "role", text)


def test_a_changed_system_text_replaces_the_old_one() -> None:
    scenario = parse(EXAMPLE).scenario
    assert scenario.system is not None
    changed = replace(scenario, system=replace(scenario.system, content="\n# Role\nY.\n", party=(), role="Y."))
    assert render(changed).startswith("<SYSTEM>\n# Role\nY.\n</SYSTEM>\n\n<User>")


def test_render_writes_changed_turns_and_keeps_the_rest() -> None:
    scenario = parse(EXAMPLE).scenario
    turns = list(scenario.turns)
    turns[0] = replace(turns[0], content="I wait.")
    after = render(replace(scenario, turns=tuple(turns)))
    assert changed_lines(EXAMPLE, after) == [
        "-<User>I let my eyes wander over the taproom. Does anything look wrong?</User>",
        "+<User>I wait.</User>",
    ]


def test_render_adds_and_removes_turns() -> None:
    scenario = parse(EXAMPLE).scenario
    more = Turn(0, Speaker.USER, "I run.", 0, Span(0, 0), Span(0, 0))
    assert render(replace(scenario, turns=(*scenario.turns, more))) == f"{EXAMPLE.rstrip()}\n\n<User>I run.</User>\n"
    fewer = parse(render(replace(scenario, turns=scenario.turns[:4]))).scenario
    assert [turn.content for turn in fewer.turns] == [turn.content for turn in scenario.turns[:4]]
    middle = parse(render(replace(scenario, turns=(*scenario.turns[:3], more, *scenario.turns[5:])))).scenario
    assert [turn.content for turn in middle.turns][2:5] == [
        scenario.turns[2].content,
        "I run.",
        scenario.turns[5].content,
    ]


def test_render_writes_changed_sheets_and_metadata() -> None:
    text = "---\ntitle: The Toll # a note\nseed: 1\n---\n" + EXAMPLE
    scenario = parse(text).scenario
    assert scenario.system is not None
    party = list(scenario.system.party)
    party[0] = replace(party[0], health=(1, 18), level=4)
    changed = replace(
        scenario, metadata={**scenario.metadata, "seed": 2}, system=replace(scenario.system, party=tuple(party))
    )
    assert changed_lines(text, render(changed)) == [
        "-seed: 1", "+seed: 2", "-- Level 3", "-- Health: 18/18", "+- Level 4", "+- Health: 1/18",
    ]  # fmt: skip
    added = parse(render(replace(scenario, metadata={"title": "x: y", "tags": ["a", "b"]}))).scenario
    assert added.metadata == {"title": "x: y", "tags": ["a", "b"]}


def test_render_adds_and_removes_characters() -> None:
    scenario = parse(EXAMPLE).scenario
    assert scenario.system is not None
    osk = Character("Osk", "Enemy", "Brigand", 1, (9, 9), None, (Item("Club", 2),), (), {"Attack": 3}, {"Mood": "foul"})
    more = parse(
        render(replace(scenario, system=replace(scenario.system, party=(*scenario.system.party, osk))))
    ).scenario
    assert character(more, "Osk").inventory == (Item("Club", 2),)
    assert character(more, "Osk").other == {"Mood": "foul"}
    fewer = parse(render(replace(scenario, system=replace(scenario.system, party=scenario.system.party[:1])))).scenario
    assert fewer.system is not None
    assert [one.name for one in fewer.system.party] == ["Iva"]


def test_a_turn_that_would_end_its_own_block_is_refused() -> None:
    scenario = parse(EXAMPLE).scenario
    turns = (replace(scenario.turns[0], content="a</User><DM>b"), *scenario.turns[1:])
    with pytest.raises(NotWritable):
        render(replace(scenario, turns=turns))


def test_values_alone_become_a_file_that_says_the_same() -> None:
    scenario = parse(EXAMPLE).scenario
    assert scenario.system is not None
    bare = replace(scenario.system, content="")
    text = fresh({"title": "Again", "tags": ["a"]}, bare, scenario.turns, None)
    again = parse(text).scenario
    assert again.system is not None
    assert again.metadata == {"title": "Again", "tags": ["a"]}
    assert [(c.name, c.health, c.inventory, c.skills) for c in again.system.party] == [
        (c.name, c.health, c.inventory, c.skills) for c in scenario.system.party
    ]
    assert (again.system.role, again.system.location) == (scenario.system.role, scenario.system.location)
    assert [(t.speaker, t.content) for t in again.turns] == [(t.speaker, t.content) for t in scenario.turns]
    assert parse(text).problems == ()
