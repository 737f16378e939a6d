"""Every diagnostic has a page, a fixture that gives it, and one that nearly does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import NotText
from studio.files import TEXT_LIMIT, read_text
from studio.lint import TABLE, Diagnostic, Severity, UnknownCode, check, explain, rows
from studio.lint.table import FINDINGS_LIMIT
from studio.resources import resource
from studio.scenario import Edit, Vocabulary, parse

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
OF_THE_TEXT = [code for code in TABLE if code not in ("S001", "S002")]


def of(text: str, code: str) -> list[Diagnostic]:
    return [one for one in check(parse(text)) if one.code == code]


def mended(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in sorted(edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def errors(text: str) -> int:
    return sum(one.severity is Severity.ERROR for one in check(parse(text)))


@pytest.mark.parametrize("code", OF_THE_TEXT)
def test_wrong_fixture_gives_its_code_inside_the_text(code: str) -> None:
    text = read_text(FIXTURES / f"{code}.wrong.md")
    found = of(text, code)
    assert found
    for one in found:
        assert 0 <= one.span.start <= one.span.end <= len(text)
        assert one.severity is TABLE[code].severity
        assert one.message.endswith((".", "?", "!")) or one.message[-1] in "`)]"
        assert "{" not in one.message or "{" in text


@pytest.mark.parametrize("code", OF_THE_TEXT)
def test_near_fixture_does_not_give_it(code: str) -> None:
    assert of(read_text(FIXTURES / f"{code}.near.md"), code) == []


@pytest.mark.parametrize("code", OF_THE_TEXT)
def test_fixes_mend_and_break_nothing(code: str) -> None:
    text = read_text(FIXTURES / f"{code}.wrong.md")
    for one in of(text, code):
        if one.fix is None:
            continue
        assert one.fix.title
        after = mended(text, one.fix.edits)
        assert len(of(after, code)) < len(of(text, code))
        # The result of a roll repeats its skill, so a mended roll leaves the result to its own finding.
        assert errors(after) <= errors(text) + (code == "T006")


def test_most_structure_and_tool_mistakes_have_a_fix() -> None:
    fixed = {one.code for path in FIXTURES.glob("*.wrong.md") if path.name[:4] in OF_THE_TEXT
             for one in check(parse(read_text(path))) if one.fix}  # fmt: skip
    assert {"S007", "S008", "S009", "S010", "S013", "S014", "S017", "S019", "S025", "S028"} <= fixed
    assert {"P006", "P010", "P012", "P015"} <= fixed
    assert {"T001", "T005", "T006", "T007", "T016", "T017", "T020", "T021"} <= fixed


@pytest.mark.parametrize("code", TABLE)
def test_every_code_has_a_page_that_begins_with_its_title(code: str) -> None:
    page = explain(code)
    assert page.startswith(f"# {code}: {TABLE[code].title}\n")
    assert len(page) > 120
    assert explain(code.lower()) == page


def test_no_page_without_a_code_and_enough_codes() -> None:
    assert {path.stem for path in resource("diagnostics").glob("*.md")} == set(TABLE)
    assert len(TABLE) >= 30
    assert list(TABLE) == sorted(TABLE)


def test_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UnknownCode) as caught:
        explain("S0007")
    assert "S007" in str(caught.value)
    assert caught.value.exit_code == 2


def test_undecodable_fixture_is_told_and_its_twin_read() -> None:
    with pytest.raises(NotText):
        read_text(FIXTURES / "S001.wrong.md")
    assert check(parse(read_text(FIXTURES / "S001.near.md"))) == []


def test_the_example_of_the_language_is_clean() -> None:
    found = check(parse(read_text(FIXTURES / "example.md")))
    assert [one.code for one in found] == ["T018"] * 3
    assert all("Sella" in one.message for one in found)


def test_a_vocabulary_of_the_game_replaces_the_shipped_words() -> None:
    text = read_text(FIXTURES / "T006.wrong.md")
    shipped = Vocabulary.shipped()
    own = Vocabulary(("stelth", "stealth", "athletics"), shipped.conditions, shipped.uncontested, shipped.outcomes)
    assert [one.code for one in check(parse(text), own)] == []


def test_one_rule_speaks_a_bounded_number_of_times() -> None:
    text = "<User>a</User>" + "x<User>a</User>" * (FINDINGS_LIMIT + 50)
    assert len(of(text, "S013")) == FINDINGS_LIMIT


def test_an_unclosed_turn_does_not_smear_over_the_next() -> None:
    text = read_text(FIXTURES / "S007.wrong.md")
    assert [one.code for one in check(parse(text))] == ["S007"]


WRONG = [path for path in sorted(FIXTURES.glob("[ST]*.wrong.md")) if path.name[:4] in OF_THE_TEXT]
PIECES = [line for path in WRONG for line in path.read_text(encoding="utf-8").splitlines(keepends=True)]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_applying_fixes_again_and_again_comes_to_an_end(text: str) -> None:
    for _round in range(8):
        fixes = [one.fix for one in check(parse(text)) if one.fix]
        if not fixes:
            return
        edits, last = [], len(text) + 1
        for edit in sorted({edit for fix in fixes for edit in fix.edits}, key=lambda edit: -edit.span.start):
            if edit.span.end <= last:
                edits.append(edit)
                last = edit.span.start
        after = mended(text, tuple(edits))
        assert after != text
        text = after
    raise AssertionError(text)


def test_a_comment_that_meets_another_on_its_line_ends_before_it() -> None:
    text = "<!-- one <!-- two -->\n" + read_text(FIXTURES / "example.md")
    after = mended(text, next(one.fix.edits for one in of(text, "S014") if one.fix))
    assert of(after, "S014") == []


def test_a_name_that_yaml_would_misread_is_written_in_quotes() -> None:
    text = read_text(FIXTURES / "P010.wrong.md").replace("player: Wern", "player: Wern the Elder")
    text = text.replace("## Wren", "## Wern: the Elder")
    after = mended(text, next(one.fix.edits for one in of(text, "P010") if one.fix))
    assert parse(after).scenario.player == "Wern: the Elder"


def test_rows_count_lines_and_columns_from_one_in_code_points() -> None:
    text = "<SYSTEM>\n# Role\nx\n</SYSTEM>\n<User>🐉</user>\n<DM>a</DM>\n"
    row = next(row for row in rows(Path("a.md"), text, check(parse(text))) if row["code"] == "S010")
    assert (row["line"], row["column"], row["end_line"], row["end_column"]) == (5, 8, 5, 15)
    assert row["fix"] == {
        "title": "Write </User>",
        "edits": [{"line": 5, "column": 8, "end_line": 5, "end_column": 15, "text": "</User>"}],
    }


def test_the_largest_text_is_checked() -> None:
    text = read_text(FIXTURES / "example.md")
    text += "<!-- " + "x" * (TEXT_LIMIT // 4 - len(text) - 10) + " -->"
    assert errors(text) == 0
