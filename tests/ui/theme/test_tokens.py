import re
from pathlib import Path

import pytest

from studio.ui.theme.sheet import style_sheet
from studio.ui.theme.tokens import DARK, LIGHT, ZOOMS, Colours, contrast, mixed, names

UI = Path(__file__).resolve().parents[3] / "studio"
GROUNDS = ("ground", "base", "panel", "raised")
TEXTS = ("text", "secondary", "muted")
MARKS = ("accent", "system", "user", "dm", "toolcall", "error", "warning", "hint")
LITERAL = re.compile(
    r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?=[\"';])|\brgba?\(|\bhsla?\(|Qt\.GlobalColor|QColor\(\s*[\"'\d]"
    r"|\bcolor:\s*(?:white|black|red|green|blue|gr[ae]y)"
)


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_on_every_ground(colours: Colours, ground: str, text: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_can_be_read_where_words_are_drawn_in_them(colours: Colours, mark: str) -> None:
    for ground in (colours.base, colours.panel, colours.ground):
        assert contrast(getattr(colours, mark), ground) >= 4.5
    for under in (colours.base, colours.panel):
        tinted = mixed(getattr(colours, mark), under, 0.14)
        assert contrast(getattr(colours, mark), tinted) >= 4.5, "on its own tint, as chips and calls are drawn"


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_buttons_and_selections_can_be_read(colours: Colours) -> None:
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.on_accent, mixed(colours.text, colours.accent, 0.15)) >= 4.5
    assert contrast(colours.text, mixed(colours.accent, colours.base, 0.32)) >= 4.5
    assert contrast(colours.secondary, mixed(colours.accent, colours.panel, 0.20)) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_no_colour_is_written_down_outside_the_tokens() -> None:
    files = [*(UI / "ui").rglob("*.py"), UI / "app.py"]
    found = [
        f"{path.relative_to(UI)}:{number}: {line.strip()}"
        for path in files
        if path.name != "tokens.py"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if LITERAL.search(line)
    ]
    assert len(files) > 30
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line", ['QColor("red")', "color: #fff;", "x = '#1b1f28'", "rgba(0, 0, 0, 20)", "QColor(1, 2, 3)"]
)
def test_the_search_for_colours_finds_them(line: str) -> None:
    assert LITERAL.search(line)


@pytest.mark.parametrize("zoom", [ZOOMS[0], 1.0, ZOOMS[-1]])
def test_the_sheet_is_made_of_the_tokens_alone(zoom: float) -> None:
    sheet = style_sheet(LIGHT, zoom)
    assert "$" not in sheet
    assert DARK.base not in sheet
    assert set(re.findall(r"#[0-9a-f]{6}", sheet)) >= {LIGHT.text, LIGHT.accent, LIGHT.line}


def test_every_token_is_a_colour() -> None:
    for colours in (DARK, LIGHT):
        assert all(re.fullmatch(r"#[0-9a-f]{6}", getattr(colours, name)) for name in names())
