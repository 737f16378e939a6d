"""Which rules speak about a scenario: the settings of the nearest workspace, read once."""

from pathlib import Path

from studio.lint import TABLE
from studio.workspace.selections import Selections


def workspace(folder: Path, settings: str) -> Path:
    (folder / "scenarios").mkdir(parents=True)
    (folder / "lorewright.yaml").write_text("format: 1\n" + settings, encoding="utf-8")
    return folder / "scenarios" / "a.md"


def test_the_nearest_workspace_decides_and_no_workspace_silences_nothing(tmp_path: Path) -> None:
    outer = workspace(tmp_path / "outer", "lint:\n  ignore: [W]\n")
    inner = workspace(tmp_path / "outer" / "scenarios" / "inner", "lint:\n  ignore: [W010]\n")
    selections = Selections()
    assert {code[0] for code in selections.of(outer).silent(TABLE, outer)} == {"W"}
    assert selections.of(inner).silent(TABLE, inner) == {"W010"}
    assert selections.of(tmp_path / "b.md").silent(TABLE, tmp_path / "b.md") == frozenset()
    assert selections.troubles == []


def test_damaged_settings_are_told_once_and_silence_nothing(tmp_path: Path) -> None:
    path = workspace(tmp_path, "lint: [\n")
    selections = Selections()
    assert selections.of(path).silent(TABLE, path) == frozenset()
    assert selections.of(path.with_name("b.md")) == selections.of(path)
    assert len(selections.troubles) == 1
    (tmp_path / "lorewright.yaml").write_bytes(b"\xff")
    again = Selections()
    assert again.of(path).silent(TABLE, path) == frozenset()
    assert len(again.troubles) == 1


def test_codes_of_a_command_stand_on_top(tmp_path: Path) -> None:
    path = workspace(tmp_path, "lint:\n  ignore: [W010]\n")
    silent = Selections(("W",), ("W015",)).of(path).silent(TABLE, path)
    assert {"S007", "W010", "W015"} <= silent
    assert "W016" not in silent
