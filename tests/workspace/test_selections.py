"""Which rules speak about a scenario: the settings of the nearest workspace, read once."""

from pathlib import Path

import pytest
import yaml

from studio.lint import TABLE, selection
from studio.workspace import selections as selections_module
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


@pytest.mark.parametrize("holds", [True, False])
def test_values_that_stand_for_others_are_refused_with_a_short_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    """A few lines that say more than anybody can print. The twin reads them as they are and prints them all."""
    levels = "".join(f"a{number}: &a{number} [{f'*a{number - 1}, ' * 8}]\n" for number in range(1, 6))
    path = workspace(tmp_path, f"a0: &a0 [wolf]\n{levels}lint:\n  select: [*a5]\n")
    if not holds:
        monkeypatch.setattr(selections_module, "table_of", yaml.safe_load)
        monkeypatch.setattr(selection, "_quoted", str)
    asked = Selections()
    assert asked.of(path).silent(TABLE, path) == frozenset()
    (trouble,) = asked.troubles
    assert (len(str(trouble)) < len(str(tmp_path)) + 300) is holds
    assert ("line 3" in str(trouble)) is holds


@pytest.mark.parametrize(
    "settings",
    [
        "lint:\n  select: [" + "[" * 9 + "1, " * 20_000 + "]" * 9 + "]\n",
        "lint:\n  ignore: [" + "w" * 50_000 + "]\n",
        "lint:\n  " + "x" * 900 + ": 1\n",
        "lint:\n  ? [a, b]\n  : 1\n",
        "lint: " + "[" * 50_000,
    ],
)
def test_of_what_is_large_only_the_beginning_is_quoted(tmp_path: Path, settings: str) -> None:
    asked = Selections()
    asked.of(workspace(tmp_path, settings))
    (trouble,) = asked.troubles
    assert len(str(trouble)) < len(str(tmp_path)) + 300
