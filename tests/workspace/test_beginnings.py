"""New scenarios: every template is sound, and a title of any kind ends up in the file and in a free name."""

from pathlib import Path

import pytest

from studio.lint import check
from studio.scenario import Parsed, parse
from studio.scenario.parser import TYPES
from studio.workspace import open_or_make
from studio.workspace.beginnings import Beginning, begin, beginnings, free_path, titled


@pytest.mark.parametrize("beginning", beginnings(), ids=lambda beginning: beginning.key)
def test_a_template_shows_what_a_sound_scenario_is(beginning: Beginning) -> None:
    assert beginning.scenario_type in TYPES and beginning.title and beginning.about.endswith(".")
    found = parse(titled(beginning.text, "The Bell"))
    assert found.scenario.metadata["title"] == "The Bell" and found.scenario.player
    worst = [(item.code, item.message) for item in check(found) if item.severity != "hint"]
    assert worst == []


def test_there_are_templates_for_other_games_too() -> None:
    assert len(beginnings()) >= 5 and beginnings()[0].key == "blank"
    other = [one for one in beginnings() if "Not D&D" in one.title]
    assert other and all("Dungeon Master" not in one.text for one in other)


def test_a_new_scenario_is_sound_whatever_its_title(tmp_path: Path) -> None:
    workspace = open_or_make(tmp_path)
    titles = [
        "Bell",
        'He said "no": # why',
        "- - -",
        "東京",
        "a\nb",
        "true",
        "{x}",
        "'",
        "%s",
        "a\x00b",
        "a\ud800b",
        "--- x",
    ]
    paths = [begin(workspace, title, "mixed", beginnings()[0].text) for title in [*titles, "Bell"]]
    assert len(set(paths)) == len(paths) and all(path.parent == workspace.scenarios / "mixed" for path in paths)
    for path, title in zip(paths, titles, strict=False):
        parsed: Parsed = parse(path.read_text("utf-8"), path=path)
        shown = title.replace("\x00", "").replace("\ud800", "?")
        assert parsed.scenario.metadata["title"] == " ".join(shown.split())
        assert not [item.code for item in check(parsed) if item.severity == "error"], title


def test_a_title_changes_nothing_else() -> None:
    text = beginnings()[1].text
    assert titled(text, "The Wolf") == text.replace("title: A fight", "title: The Wolf")


def test_a_name_leads_nowhere_else(tmp_path: Path) -> None:
    for title in ("../../etc/passwd", "/root/x", "..", "con:aux", "a" * 500, ""):
        assert free_path(tmp_path, title).parent == tmp_path
        assert len(free_path(tmp_path, title).name) < 80
