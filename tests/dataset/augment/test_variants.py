"""Variants of the samples: true to the rules, marked, the rest byte for byte."""

import re
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.chat import messages
from studio.dataset.augment import KINDS, NotAParent, Variant, augmented, variants
from studio.dataset.augment.parents import Made, tags_of
from studio.dataset.augment.tables import tellings
from studio.dataset.description import AugmentSettings
from studio.lint import Severity, check
from studio.resources import samples
from studio.rules import Outcome, Party
from studio.rules.resolve import acting
from studio.scenario import Scenario, Speaker, parse
from studio.scenario.game import Game
from studio.scenario.model import plain_name
from studio.scenario.results import read_result
from studio.workspace.folder import scenario_files

GAME = Game.shipped()
FILES = [path for path in scenario_files(samples()) if not path.name.startswith("held-")]
PUT = [
    "<!-- Jory and the tavern -->",
    "<User>In Quillhaven, at the inn, I ask Rusk's brother.</User>",
    "- Skills: Arcana +3, Arcana +2",
    "- Speed: 3",
    "# Notes",
    "## The Rusk",
    "[roll: luck]",
    "<TOOLCALL>luck: 3 - 2(skill) = *1*</TOOLCALL>",
    "",
]
"""Lines that a text may have anywhere."""


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def made(path: Path, kind: str) -> tuple[Variant, ...]:
    wanted = AugmentSettings.model_validate({"copies": 1, "kinds": (kind,)})
    return variants(read(path), path.relative_to(samples().parent), wanted, GAME, seed=3)


def all_made(kind: str) -> list[tuple[Path, Variant]]:
    return [(path, variant) for path in FILES for variant in made(path, kind)]


def scenario_of(path: Path, text: str) -> Scenario:
    return parse(text, path=path).scenario


def errors(path: Path, text: str) -> list[str]:
    found = check(parse(text, path=path))
    return [f"{row.code} {row.message}" for row in found if row.severity is Severity.ERROR]


def lines_changed(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ below front matter; they stand at the same places."""
    old, new = (text.partition("<SYSTEM>")[2].splitlines() for text in (before, after))
    return [(a, b) for a, b in zip(old, new, strict=False) if a != b]


@pytest.mark.parametrize("kind", KINDS)
def test_every_variant_is_valid_marked_and_another_text(kind: str) -> None:
    found = all_made(kind)
    assert len(found) >= 12
    for path, variant in found:
        assert errors(path, variant.text) == [], (path, variant.note)
        scenario = scenario_of(path, variant.text)
        assert "augmented" in tags_of(scenario) and scenario.metadata["seed"] == 3
        assert scenario.metadata["parent"] == path.relative_to(samples().parent).as_posix()
        assert variant.text.partition("<SYSTEM>")[2] != read(path).partition("<SYSTEM>")[2]
        assert scenario.turns[-1].speaker is not Speaker.TOOLCALL
    assert len({variant.text for _path, variant in found}) == len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_results_add_up_to_the_sheets_of_the_variant(kind: str) -> None:
    for path, variant in all_made(kind):
        scenario = scenario_of(path, variant.text)
        party = Party.of(scenario.system.party if scenario.system else ())
        for call in (call for turn in scenario.turns for call in turn.tool_calls if call.result is not None):
            line, sheet = read_result(call.result or ""), acting(call, party, scenario.player)
            assert line is not None and sheet is not None and line.total == line.true_total
            modifier = sheet.modifier(line.skill)
            assert [value for value, _source in line.parts] == ([] if modifier is None else [modifier])


def test_old_names_are_gone() -> None:
    for path, variant in all_made("cast"):
        pairs = re.findall(r"(\S+) → (\S+?)(?:,|$)", variant.note)
        body = re.sub(r"(?m)^parent: .*$", "", variant.text)
        assert pairs
        for old, new in pairs:
            assert not re.search(rf"(?<!\w){re.escape(old)}(?!\w)", body), (path, old)
            assert re.search(rf"(?<!\w){re.escape(new)}(?!\w)", body)
            assert not re.search(rf"(?<!\w){re.escape(new)}(?!\w)", read(path), re.IGNORECASE)


def test_a_cast_is_renamed_and_nothing_else() -> None:
    for path, variant in all_made("cast"):
        text = re.sub(r"(?m)^(?:parent|seed): .*\n", "", variant.text).replace(", augmented]", "]")
        for old, new in re.findall(r"(\S+) → (\S+?)(?:,|$)", variant.note):
            text = re.sub(rf"(?<!\w){new}(?!\w)", old, text)
            text = re.sub(rf"(?<!\w){new.upper()}(?!\w)", old.upper(), text)
        assert text.replace("s's", "s'") == read(path).replace("s's", "s'"), path


def test_a_class_changes_sheet_and_results_only() -> None:
    rolls = 0
    for path, variant in all_made("class"):
        changed = lines_changed(read(path), variant.text)
        fields = ("- Level", "- Health", "- Exp", "- Skills", "<TOOLCALL>")
        rest = [old for old, _new in changed if not old.startswith(fields)]
        assert len(rest) == 1 and rest[0].startswith("- "), (path, changed)
        rolls += sum(old.startswith("<TOOLCALL>") for old, _new in changed)
        before, after = (scenario_of(path, text).turns for text in (read(path), variant.text))
        assert [turn.content[:9] for turn in before if turn.speaker is Speaker.DM] == [
            turn.content[:9] for turn in after if turn.speaker is Speaker.DM
        ]
    assert rolls > 30


def test_a_reroll_changes_one_result_and_drops_what_followed_where_the_outcome_turns() -> None:
    ways = {"kept": 0, "turned": 0}
    for path, variant in all_made("reroll"):
        changed, scenario = lines_changed(read(path), variant.text), scenario_of(path, variant.text)
        before = scenario_of(path, read(path))
        if len(scenario.turns) == len(before.turns) and len(changed) == 1:
            assert changed[0][0].startswith("<TOOLCALL>")
            ways["kept"] += 1
            continue
        roll, ending = scenario.turns[-2:]
        old = before.turns[roll.index]
        assert [turn.content for turn in scenario.turns[:-2]] == [turn.content for turn in before.turns[: roll.index]]
        assert roll.speaker is old.speaker is Speaker.TOOLCALL and roll.content != old.content
        was, now = before.turns[roll.index + 1].content[:9], ending.content[:9]
        assert {was[:8], now[:8]} == {"*SUCCESS", "*FAILED*"}, (path, was, now)
        assert ending.speaker is Speaker.DM and len(ending.content) > 20 and not ending.tool_calls
        ways["turned"] += 1
    assert ways["kept"] > 10 and ways["turned"] > 10


def test_a_turned_outcome_is_learnt_and_not_the_prefix_of_its_parent() -> None:
    for path, variant in all_made("reroll"):
        if "turns" in variant.note:
            spoken, parents = (messages(scenario_of(path, text)) for text in (variant.text, read(path)))
            assert spoken[-1].trained and spoken[-2] not in parents and spoken[-1] not in parents


def test_every_line_of_an_outcome_passes_the_checks_and_fits_what_it_says() -> None:
    shipped = {plain_name(skill) for skill in GAME.words.skills}
    assert {skill for skill, _way in tellings()} == shipped - {"attack", "initiative"}
    for (skill, outcome), lines in tellings().items():
        natural, word = (20, "*SUCCESS*") if outcome is Outcome.SUCCESS else (2, "*FAILED*")
        for line in lines:
            text = (
                "<SYSTEM>\n# Role\nYou are the Dungeon Master.\n\n# World\nLand.\n\n# Location\nA hall.\n\n# Party\n\n"
                "## Wren\n- Player Character\n- Ranger\n- Level 3\n- Health: 24/26\n- Exp: 750/2700\n</SYSTEM>\n\n"
                f"<User>I try that now, if I may.</User>\n\n<DM>The hall waits.\n\n[roll: {skill}]</DM>\n\n"
                f"<TOOLCALL>{skill}: {natural} = *{natural}*</TOOLCALL>\n\n<DM>{word} {line}</DM>\n"
            )
            found = check(parse(text))
            assert [row.message for row in found if row.severity is not Severity.HINT] == [], line


def test_what_no_line_tells_keeps_its_outcome() -> None:
    """An attack's outcome needs damage, which nobody writes here; of two rolls each needs its own word."""
    for path in FILES:
        for seed in range(2):
            wanted = AugmentSettings.model_validate({"copies": 1, "kinds": ("reroll",)})
            for variant in variants(read(path), path, wanted, GAME, seed):
                if "turns" in variant.note:
                    asked = scenario_of(path, variant.text).turns[-3]
                    assert asked.speaker is Speaker.DM
                    (roll,) = [call for call in asked.tool_calls if call.name == "roll"]
                    assert plain_name(roll.arguments[0]) not in ("attack", "initiative")


def test_a_place_is_swapped_everywhere() -> None:
    for path, variant in all_made("place"):
        old, new = variant.note.split(" → ")
        body = re.sub(r"(?m)^(?:parent|tags): .*$", "", variant.text)
        assert not re.search(rf"(?<!\w){re.escape(old)}s?(?!\w)", body, re.IGNORECASE), (path, old)
        assert new in variant.text or new.capitalize() in variant.text
        assert not re.search(rf"\ba {new}" if new[0] in "aeiou" else rf"\ban {new}", body)


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    wanted = AugmentSettings.model_validate({"copies": 4})
    first, again, other = (
        variants(read(FILES[0]), FILES[0], wanted, GAME, seed) for seed in (1, 1, 2)
    )  # fmt: skip
    assert first == again and {one.text for one in first} != {one.text for one in other}
    assert len(first) == 4 and len({one.kind for one in first}) >= 2


@pytest.mark.parametrize("name", ["combat/held-the-weir-bell.md", "roleplay/held-the-eel-and-anchor.md"])
def test_held_out_scenarios_have_no_variants(name: str) -> None:
    with pytest.raises(NotAParent, match="held out"):
        variants(read(samples() / name), Path(name), AugmentSettings.model_validate({"copies": 1}), GAME, 0)


def test_a_variant_and_a_scenario_with_errors_have_none() -> None:
    wanted = AugmentSettings.model_validate({"copies": 1})
    path = FILES[0]
    with pytest.raises(NotAParent, match="variant itself"):
        variants(made(path, "cast")[0].text, path, wanted, GAME, 0)
    with pytest.raises(NotAParent, match="errors"):
        variants(read(path).replace("</SYSTEM>", ""), path, wanted, GAME, 0)


def test_what_the_checks_find_wrong_is_counted_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"cast": lambda parent, rng: Made(parent.text.replace("(skill) = *", "(skill) = *9"), str(rng.random()))}
    monkeypatch.setattr(sys.modules[Variant.__module__], "KINDS", wrong)
    found = augmented(read(FILES[0]), FILES[0], AugmentSettings(copies=2, kinds=("cast",)), GAME, 0)
    assert found.variants == () and found.dropped["cast"] == 1 and "R102" in found.codes


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("front", "values"),
    [
        ("", {}),
        ("---\n---\n", {}),
        ("---\ntitle: A # B\n---\n", {"title": "A"}),
        ("---\ntags:\n- a\n- 'b, c'\nseed: 4\n---\n", {"tags": ["a", "b, c"]}),
        ("---\ntags: [a,\n  b]\nweight: 2\n---\n", {"tags": ["a", "b"], "weight": 2}),
        ("---\n{title: A, tags: [a]}\n---\n", {"title": "A", "tags": ["a"]}),
    ],
)
def test_front_matter_of_any_form_gains_the_marks(front: str, values: dict[str, object], newline: str) -> None:
    body = re.sub(r"\A---.*?---\n", "", read(FILES[0]), flags=re.DOTALL)
    text = (front + body).replace("\n", newline)
    (variant,) = variants(text, Path("combat/a.md"), AugmentSettings(copies=1, kinds=("reroll",)), GAME, 0)
    tags = [*values.get("tags", []), "augmented"]  # type: ignore[misc]  # a list where there is one
    marks = {"tags": tags, "parent": "combat/a.md", "seed": 0}
    assert parse(variant.text).scenario.metadata == {**values, **marks}
    assert set(re.findall(r"\r\n|\n|\r", variant.text)) == {newline}


@given(
    path=st.sampled_from(FILES),
    gone=st.lists(st.floats(0, 1), max_size=4),
    put=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(PUT)), max_size=3),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    front=st.sampled_from(
        ["", "\ufeff", "---\n---\n", "---\ntags:\n- a\n- 'b, c'\nseed: 4\n---\n", "---\ntags: x\n---\n"]
    ),
    seed=st.integers(0, 3),
)
@settings(max_examples=40)
def test_whatever_the_text_its_variants_are_valid_or_there_are_none(
    path: Path, gone: list[float], put: list[tuple[float, str]], newline: str, front: str, seed: int
) -> None:
    lines = read(path).splitlines()
    lines = lines if not front else [*front.splitlines(), *lines[lines.index("---", 1) + 1 :]]
    for place in gone:
        del lines[int(place * (len(lines) - 1))]
    for place, line in put:
        lines.insert(int(place * len(lines)), line)
    text = newline.join(lines) + newline
    wanted = AugmentSettings(copies=4)
    try:
        found = augmented(text, path, wanted, GAME, seed)
    except NotAParent:
        return
    for variant in found.variants:
        assert errors(path, variant.text) == []
        parsed = parse(variant.text, path=path).scenario
        assert "augmented" in tags_of(parsed) and parsed.metadata["parent"] == path.as_posix()
        assert parsed.metadata["seed"] == seed
        assert set(re.findall(r"\r\n|\n|\r", variant.text)) == {newline}
