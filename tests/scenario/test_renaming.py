"""Renaming: every mention of the one, no mention of another, and a scenario that reads the same."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.resources import samples
from studio.scenario import parse, renaming
from studio.scenario.edits import applied
from studio.scenario.meaning import meaning
from studio.scenario.renaming import BadName, CharacterNameTaken, Name, NameKind, NoSuchName, names_in, rename_edits

TEXT = """\
---
title: Rook's Toll
player: bog_rook
tags: [rook]
---
<SYSTEM>
# Role
You are the DM. A rook is a bird; Rook and Bog Rook are people.

# World
The Vessenlands are wet. Along the Grey Weir people pay. In Gantry the Grey Weir is called the Wall.

# Location
The Wet Miller, an inn at Hob's Weir.

# Party

## Bog Rook
- Player Character
- Health: 9/9
- Inventory: Rook's Locket, Rope
- Skills: Stealth +2

## Rook
- Enemy
- Rival: Bog Rook
- Health: 8/8
</SYSTEM>
<!-- Rook dies here -->
<User>I ask Rook: "ROOK, is that Rook's boat? And _Rook_'s oar? rookery, Rooks, Rook2, a rook." Bog
Rook laughs.</User>

<DM>Rook nods. [roll: stealth for rook] [damage: ROOK 3] [give: Bog_Rook Rook's Locket] [damage: bog rook 1]
[take: rook Rope]</DM>
"""


def renamed(text: str, old: str, new: str) -> str:
    parsed = parse(text)
    return applied(text, rename_edits(parsed, old, new))


def test_every_mention_of_the_one_and_of_no_other() -> None:
    wanted = TEXT.replace("Rook's Toll", "Mag Finn's Toll").replace("; Rook and", "; Mag Finn and")
    wanted = wanted.replace("- Inventory: Rook's", "- Inventory: Mag Finn's").replace("## Rook", "## Mag Finn")
    wanted = wanted.replace("<!-- Rook", "<!-- Mag Finn").replace("ask Rook:", "ask Mag Finn:")
    wanted = wanted.replace('"ROOK,', '"MAG FINN,').replace("that Rook's", "that Mag Finn's")
    wanted = wanted.replace("_Rook_", "_Mag Finn_").replace("<DM>Rook nods", "<DM>Mag Finn nods")
    wanted = wanted.replace("for rook]", "for mag finn]").replace("damage: ROOK", "damage: MAG FINN")
    wanted = wanted.replace("Bog_Rook Rook's", "Bog_Rook Mag Finn's").replace("[take: rook", "[take: mag finn")
    assert renamed(TEXT, "Rook", "Mag Finn") == wanted


def test_a_name_of_two_words_in_every_spelling() -> None:
    changed = renamed(TEXT, "bog rook", "Tamsin Reed")
    assert "player: Tamsin Reed\n" in changed
    assert "## Tamsin Reed\n" in changed
    assert "- Rival: Tamsin Reed\n" in changed
    assert "Tamsin\nReed laughs" in changed
    assert "[give: Tamsin_Reed Rook's Locket] [damage: tamsin reed 1]" in changed
    assert "Bog" not in changed and "bog" not in changed
    assert changed.count("Rook") == TEXT.count("Rook") - TEXT.count("Bog Rook") - 2


def test_renaming_there_and_back_gives_the_same_text() -> None:
    for path in sorted(samples().rglob("*.md"))[::4]:
        text = path.read_text(encoding="utf-8")
        for name in names_in(parse(text)):
            there = renamed(text, name.text, "Zzyx Quorl")
            assert there != text
            assert renamed(there, "Zzyx Quorl", name.text).lower() == text.lower(), (path.name, name.text)


def test_a_place_is_renamed_wherever_it_is_named() -> None:
    changed = renamed(TEXT, "Grey Weir", "Long Dam")
    assert changed == TEXT.replace("Grey Weir", "Long Dam")
    assert "an inn at Hob's Weir" in changed


def test_the_names_that_can_be_renamed() -> None:
    people = [("Bog Rook", NameKind.CHARACTER), ("Rook", NameKind.CHARACTER)]
    places = ["Vessenlands", "Grey Weir", "Gantry", "Wall", "Wet Miller", "Hob's Weir"]
    found = names_in(parse(TEXT))
    assert [(name.text, name.kind) for name in found][:2] == people
    assert set(places) <= {name.text for name in found[2:]}
    assert "Along" not in {name.text for name in found}
    assert all(TEXT[name.span.start : name.span.end] == name.text for name in found)


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("Tobias' boots", "Tobias", "Wren", "Wren's boots"),
        ("Tobias’ boots", "Tobias", "Wren", "Wren’s boots"),
        ("'Ho, Tobias' he said", "Tobias", "Wren", "'Ho, Wren' he said"),
        ("Tobias's boots", "Tobias", "Wren", "Wren's boots"),
        ("Tobias' boots", "Tobias", "Jonas", "Jonas' boots"),
        ("Tobias-like", "Tobias", "Wren", "Wren-like"),
        (
            "Tobiasx xTobias Tobias\u0301 Tobias1 tobias",
            "Tobias",
            "Wren",
            "Tobiasx xTobias Tobias\u0301 Tobias1 tobias",
        ),
        ("Łukasz! ŁUKASZ", "Łukasz", "Žofie", "Žofie! ŽOFIE"),
        ("(Tobias)", "Tobias", r"Wr\1en", r"(Wr\1en)"),
    ],
)
def test_words_of_prose(before: str, old: str, new: str, after: str) -> None:
    frame = "<SYSTEM>\n# Party\n## {}\n- Enemy\n</SYSTEM>\n<User>{}</User>\n"
    assert renamed(frame.format(old, before), old, new) == frame.format(new, after)


@pytest.mark.parametrize("new", ["Rook", "rook", "bog_rook", "BOG ROOK"])
def test_a_name_that_another_has_is_refused(new: str) -> None:
    old = "Bog Rook" if "bog" not in new.lower() else "Rook"
    with pytest.raises((CharacterNameTaken, BadName)):
        rename_edits(parse(TEXT), old, new)


def test_a_place_cannot_take_the_name_of_a_character() -> None:
    with pytest.raises(CharacterNameTaken):
        rename_edits(parse(TEXT), "Grey Weir", "Rook")


@pytest.mark.parametrize(
    "new", ["", " ", "a]b", "a[b", "<User>", "a:b", "a\tb#", "-", "x" * 81, "a, b", "for Rook", "3"]
)
def test_a_name_that_cannot_be_written_is_refused_or_reads_as_itself(new: str) -> None:
    try:
        changed = renamed(TEXT, "Rook", new)
    except BadName:
        return
    party = parse(changed).scenario.system
    assert party and party.party[1].name == new.strip()


def test_a_name_that_makes_a_call_read_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "<SYSTEM>\n# Party\n## Ann\n## Bo\n</SYSTEM>\n<DM>Ann bows. [give: Bo Red Rope]</DM>"
    with pytest.raises(BadName):
        renamed(text, "Ann", "Bo Red")
    # The twin: without the proof the rope goes to somebody else.
    monkeypatch.setattr(renaming, "_prove", lambda *_words: None)
    call = parse(renamed(text, "Ann", "Bo Red")).scenario.turns[0].tool_calls[0]
    assert call.arguments == ("Bo Red", "Rope")


def test_who_is_not_there_is_said_with_who_might_be_meant() -> None:
    with pytest.raises(NoSuchName, match="Did you mean Rook"):
        rename_edits(parse(TEXT), "Rok", "Wren")
    with pytest.raises(NoSuchName):
        rename_edits(parse("<User>Wren</User>"), "Wren", "Rook")


def test_the_same_name_changes_nothing_and_another_case_does() -> None:
    assert rename_edits(parse(TEXT), "Rook", "Rook") == ()
    assert "## ROOk\n" in renamed(TEXT, "Rook", "ROOk")


NAMES = ["Wren", "Bog", "Bog Brigand", "wren", "Tobias", "Éa", "Mr. X", "Level", "Health", "for", "dc", "Party", "adv"]
WORDS = [*NAMES, "WREN", "bog_brigand", "'s", "'", " ", "\n", "[damage: ", " 3]", "[roll: stealth for ", "]", "_", "-"]


@st.composite
def scenarios(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
    words = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)
    sheets = "".join(f"## {name}\n- Enemy\n- Health: 3/3\n- Inventory: {draw(words)}\n" for name in names)
    world = draw(words)
    turns = "".join(f"<{tag}>{draw(words)}</{tag}>\n" for tag in ("User", "DM", "DM"))
    front = f"---\nplayer: {names[0]}\n---\n"
    return f"{front}<SYSTEM>\n# World\n{world}\n# Party\n{sheets}</SYSTEM>\n<!-- {draw(words)}-->\n{turns}"


@settings(max_examples=300, deadline=None)
@given(scenarios(), st.sampled_from([*NAMES, "Zed", "Zed Of Old"]), st.data())
def test_any_renaming_is_refused_or_keeps_the_scenario(text: str, new: str, data: st.DataObject) -> None:
    parsed = parse(text)
    known = names_in(parsed)
    old = data.draw(st.sampled_from(known)) if known else Name("Wren", NameKind.PLACE, parsed.blocks[0].span)
    try:
        edits = rename_edits(parsed, old.text, new)
    except (BadName, CharacterNameTaken, NoSuchName):
        return
    for before, after in pairwise(edits):
        assert before.span.end <= after.span.start
    after = parse(applied(text, edits))
    assert len(after.scenario.turns) == len(parsed.scenario.turns)
    assert [block.kind for block in after.blocks] == [block.kind for block in parsed.blocks]
    if not edits:
        assert meaning(after) == meaning(parsed)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=8), st.text(max_size=8))
def test_no_text_and_no_name_raises_anything_else(text: str, old: str, new: str) -> None:
    try:
        rename_edits(parse(f"<SYSTEM># World\n{old} {text}\n# Party\n## {old}\n</SYSTEM>{text}"), old, new)
    except (BadName, CharacterNameTaken, NoSuchName):
        pass


def test_a_word_of_a_name_is_replaced_where_it_stands_for_itself() -> None:
    front = "---\ntitle: Rusk's Debt\n---\n<SYSTEM>\n# Party\n## Bosun Rusk\n</SYSTEM>\n"
    text = f"{front}<DM>RUSK! Rusk’s Bosun Rusk. Ruskin.</DM>\n"
    parsed = parse(text)
    done = applied(text, renaming.word_edits(parsed, "Rusk", "Harl"))
    assert "title: Harl's Debt" in done and "<DM>HARL! Harl’s Bosun Rusk. Ruskin.</DM>" in done
    with pytest.raises(BadName):
        renaming.word_edits(parsed, "Rusk", "</DM>")
