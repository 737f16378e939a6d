"""Which rules speak: settings with their precedence, files by pattern, and comments in the text."""

from pathlib import Path

import pytest

from studio.files import read_text
from studio.lint import TABLE, BadSelection, Selection, check
from studio.scenario import parse

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
WRONG = read_text(FIXTURES / "R103.wrong.md")
ROOT = Path("/game")
FILE = ROOT / "scenarios" / "combat" / "a.md"


def selection(settings: object) -> Selection:
    return Selection.of(settings, ROOT, ROOT / "lorewright.yaml")


def codes(text: str, chosen: Selection | None = None) -> list[str]:
    return [one.code for one in check(parse(text, path=FILE), selection=chosen)]


def test_without_settings_every_rule_speaks() -> None:
    assert selection(None).silent(TABLE, FILE) == frozenset()
    assert selection({}).silent(TABLE, FILE) == frozenset()
    assert codes(WRONG) == codes(WRONG, selection({})) == ["R103"]


@pytest.mark.parametrize(
    ("settings", "speaks"),
    [
        ({"ignore": ["R103"]}, False),
        ({"ignore": ["R1"]}, False),
        ({"ignore": "W, R"}, False),
        ({"ignore": ["r103"]}, False),
        ({"ignore": ["R2", "W"]}, True),
        ({"select": ["S", "P"]}, False),
        ({"select": ["R"]}, True),
        ({"select": ["R103"], "ignore": ["R"]}, True),
        ({"select": ["R"], "ignore": ["R103"]}, False),
        ({"select": ["R103"], "ignore": ["R103"]}, False),
        ({"per-file": {"scenarios/combat/*.md": ["R103"]}}, False),
        ({"per-file": {"a.md": ["R"]}}, False),
        ({"per-file": {"scenarios/mixed/*": ["R103"]}}, True),
        ({"per-file": {"scenarios/*": ["R103"], "b.md": ["W"]}}, False),
        ({"select": ["R103"], "per-file": {"*.md": ["R"]}}, True),
    ],
)
def test_the_longest_code_that_fits_decides(settings: object, speaks: bool) -> None:
    assert codes(WRONG, selection(settings)) == (["R103"] if speaks else [])
    assert ("R103" in selection(settings).silent(TABLE, FILE)) != speaks


@pytest.mark.parametrize(
    "settings",
    ["R103", ["R103"], {"ignored": ["R103"]}, {"ignore": [7]}, {"ignore": ["everything"]}, {"ignore": {"R103": True}},
     {"per-file": ["R103"]}, {"per-file": {"*.md": 3}}, {"select": ["R", None]}],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(settings: object) -> None:
    with pytest.raises(BadSelection) as caught:
        selection(settings)
    assert "lorewright.yaml" in str(caught.value)


def test_what_a_command_names_takes_the_place_of_the_settings_or_adds_to_them() -> None:
    chosen = selection({"select": ["S"], "ignore": ["S007"]})
    assert codes(WRONG, chosen.narrowed(("R",), ())) == ["R103"]
    assert codes(WRONG, chosen.narrowed(("R",), ("R1",))) == []
    assert "S007" in chosen.narrowed((), ()).silent(TABLE, FILE)


def with_comment(comment: str, before: str) -> str:
    assert WRONG.count(before) == 1
    return WRONG.replace(before, f"<!-- {comment} -->\n{before}")


def test_a_comment_silences_the_next_block() -> None:
    assert codes(with_comment("lorewright: ignore R103", "<TOOLCALL>")) == []
    assert codes(with_comment("lorewright: ignore R", "<TOOLCALL>")) == []
    assert codes(with_comment("lorewright: ignore W010, r103 the sheet is cursed", "<TOOLCALL>")) == []
    assert codes(with_comment("lorewright: ignore", "<TOOLCALL>")) == []
    assert codes(with_comment("lorewright: ignore", "<TOOLCALL>") + "<User></User>") == ["S022", "W023"]


def test_a_comment_silences_nothing_else() -> None:
    assert codes(with_comment("lorewright: ignore R102", "<TOOLCALL>")) == ["R103"]
    assert codes(with_comment("lorewright: ignore R103", "<User>")) == ["R103"]
    assert codes(with_comment("lorewright is a name", "<TOOLCALL>")) == ["R103"]
    assert codes(with_comment("lorewright: ignore R13", "<TOOLCALL>")) == ["S030", "R103"]
    assert codes(with_comment("lorewright: ignore the cursed sheet", "<TOOLCALL>")) == ["S030", "R103"]


def test_before_system_a_comment_silences_the_whole_file() -> None:
    assert codes(with_comment("lorewright: ignore R103", "<SYSTEM>")) == []
    assert codes(with_comment("lorewright: ignore R103", "<SYSTEM>") + "<User></User>") == ["S022", "W023"]


def test_without_system_a_comment_silences_the_next_block_only() -> None:
    text = "<!-- lorewright: ignore S022 -->\n<User></User>\n<User></User>"
    assert [one.span.start for one in check(parse(text)) if one.code == "S022"] == [text.rindex("<User>")]


def test_inside_a_block_it_is_text_like_any_other() -> None:
    text = WRONG.replace("The boards are old.", "The boards are old. <!-- lorewright: ignore R103 -->")
    assert codes(text) == ["S015", "R103"]


def test_many_comments_cost_no_more_than_the_text() -> None:
    """Each finding looks its block up; a walk over all comments for each would take minutes here."""
    text = "<SYSTEM>\n# Role\nx\n</SYSTEM>\n" + "<!-- lorewright: ignore S022 -->\n<User></User>\n" * 4000
    assert "S022" not in codes(text)
