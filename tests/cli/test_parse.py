"""`lorewright parse`: the JSON of a scenario, also of one with errors."""

import json
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.resources import resource

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
SCHEMA = json.loads((resource("schemas") / "parse.schema.json").read_text(encoding="utf-8"))


def parsed(capsys: pytest.CaptureFixture[str], path: Path) -> tuple[int, dict[str, object]]:
    code = main(["parse", str(path)])
    value = json.loads(capsys.readouterr().out)
    jsonschema.validate(value, SCHEMA)
    return code, value


def test_example_says_all_that_the_file_says(capsys: pytest.CaptureFixture[str]) -> None:
    code, value = parsed(capsys, FIXTURES / "example.md")
    assert code == 0
    assert value["scenario_type"] is None
    assert value["metadata"] == {}
    system = value["system"]
    assert isinstance(system, dict)
    assert system["role"] == "You are the Dungeon Master of a campaign"
    assert [one["name"] for one in system["party"]] == ["Iva", "Sella", "Thom"]
    assert system["party"][1] == {
        "name": "Sella",
        "kind": "Player Character",
        "class_name": "Rogue",
        "level": 3,
        "health": [22, 22],
        "experience": [800, 2700],
        "inventory": [
            {"item": "Thieves' Tools", "count": 1},
            {"item": "Shortsword +1", "count": 1},
            {"item": "Leather Coat", "count": 1},
            {"item": "75 silver pieces", "count": 1},
        ],
        "spells": [],
        "skills": {"Stealth": 7, "Sleight of Hand": 6, "Perception": 5},
        "other": {},
    }
    assert system["party"][0]["inventory"][3] == {"item": "Health Potion", "count": 2}
    turns = value["turns"]
    assert isinstance(turns, list)
    assert [turn["speaker"] for turn in turns] == ["User", "DM", "TOOLCALL", "DM"] * 3
    assert turns[1]["tool_calls"] == [
        {
            "name": "roll",
            "arguments": ["perception"],
            "actor": None,
            "dc": None,
            "result": "perception: 12 + 5(skill) = *17*",
        }
    ]
    assert turns[0]["line"] == 40
    assert [call["name"] for call in turns[-1]["tool_calls"]] == ["roll", "begin combat"]
    assert [call["result"] for call in turns[-1]["tool_calls"]] == [None, None]


def test_a_file_with_errors_is_printed_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    code, value = parsed(capsys, FIXTURES / "S007.wrong.md")
    assert code == 1
    assert [turn["content"] for turn in value["turns"]] == ["I ask the ferryman his price.", "Two coins."]  # type: ignore[attr-defined]  # JSON


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("[SPT]*.md")), ids=lambda path: path.stem)
def test_every_fixture_fits_the_schema(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if path.name == "S001.wrong.md":
        assert main(["parse", str(path)]) == 3
        assert "not UTF-8" in capsys.readouterr().err
        return
    parsed(capsys, path)


def test_the_type_is_the_folder_where_the_file_does_not_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (FIXTURES / "S007.near.md").read_text(encoding="utf-8")
    for folder in ("combat", "attic"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.md").write_text(text, encoding="utf-8")
    assert parsed(capsys, tmp_path / "combat" / "a.md")[1]["scenario_type"] == "combat"
    assert parsed(capsys, tmp_path / "attic" / "a.md")[1]["scenario_type"] is None
    said = text.replace("title:", "type: mixed\ntitle:")
    (tmp_path / "combat" / "b.md").write_text(said, encoding="utf-8")
    assert parsed(capsys, tmp_path / "combat" / "b.md")[1]["scenario_type"] == "mixed"


def test_a_missing_file_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(tmp_path / "no.md")]) == 2
    assert "no.md" in capsys.readouterr().err
