"""`lorewright data coverage`: bars and words, or JSON, of a named data set, a folder or a file."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.cli.data_coverage import bars
from studio.resources import resource, samples

SCHEMA = resource("schemas") / "data-coverage.schema.json"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Four samples, and a data set of them."""
    for name in (
        "combat/tavern-brawl.md",
        "roleplay/noble-court.md",
        "mixed/a-tax-on-fog.md",
        "roleplay/toll-clerk.md",
    ):
        target = tmp_path / "scenarios" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(samples() / name, target)
    (tmp_path / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    (tmp_path / "datasets").mkdir()
    told = "sources:\n  - {name: core, scenarios: scenarios, weight: 5}\ntargets:\n  skill: {persuasion: 15}\n"
    (tmp_path / "datasets" / "core.yaml").write_text(told, encoding="utf-8")
    return tmp_path


def test_the_text_has_bars_and_says_what_is_missing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "coverage", "core", "--workspace", str(workspace)]) == 0
    out = capsys.readouterr().out
    assert "4 examples from 4 scenarios, games or talks" in out
    assert "█" in out
    assert "persuasion check" in out
    assert "  1. A" in out


def test_the_json_counts_every_call(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "--format", "json", "coverage", "core", "--workspace", str(workspace)]) == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, json.loads(SCHEMA.read_text(encoding="utf-8")))
    text = "".join(path.read_text(encoding="utf-8") for path in (workspace / "scenarios").rglob("*.md"))
    assert told["counts"]["tool"]["roll"] == text.count("[roll:")
    assert told["counts"]["type"] == {"roleplay": 2, "combat": 1, "mixed": 1}
    assert told["targets"]["skill"]["persuasion"] == 15
    assert told["passes"] == {"core": 1.0}
    assert any(gap["value"] == "persuasion" for gap in told["missing"])
    assert told["to_write"][0]["fills"]


def test_a_folder_needs_no_description(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workspace / "scenarios" / "roleplay"
    assert main(["data", "coverage", str(folder), "--workspace", str(workspace), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 2


def test_a_name_that_is_nothing_is_said(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "coverage", "cor", "--workspace", str(workspace)]) == 2
    assert "There is no data set cor" in capsys.readouterr().err


def test_bars_are_aligned_and_dotted_up_to_the_target() -> None:
    assert list(bars({"arcana": 8, "stealth": 16}, {"arcana": 16, "nature": 4})) == [
        f"  arcana    8  {'█' * 16}{'·' * 16}",
        f"  stealth  16  {'█' * 32}",
        f"  nature    0  {'·' * 8}",
    ]
