"""`lorewright rename`: through files and a whole workspace, all or nothing."""

import json
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.cli.rewriting import Rewriting
from studio.resources import resource

SCHEMA = json.loads((resource("schemas") / "rewrite.schema.json").read_text(encoding="utf-8"))
FRAME = "<SYSTEM>\n# World\nHob's Weir.\n# Party\n{}</SYSTEM>\n<User>Wren!</User>\n<DM>[damage: {} 3]</DM>\n"
WITH = FRAME.format("## Wren\n- Enemy\n", "wren")
WITHOUT = FRAME.format("## Osk\n- Enemy\n", "Osk")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "scenarios" / "combat"
    folder.mkdir(parents=True)
    (tmp_path / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    (folder / "a.md").write_text(WITH, encoding="utf-8")
    (folder / "b.md").write_text(WITHOUT, encoding="utf-8")
    return tmp_path


def text(workspace: Path, name: str) -> str:
    return (workspace / "scenarios" / "combat" / name).read_text(encoding="utf-8")


def rename(workspace: Path, *words: object) -> int:
    return main(["rename", "--workspace", str(workspace), *map(str, words)])


def test_every_scenario_of_the_workspace_that_has_the_name(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rename(workspace, "Wren", "Tamsin") == 0
    assert text(workspace, "a.md") == WITH.replace("Wren", "Tamsin").replace("wren", "tamsin")
    assert text(workspace, "b.md") == WITHOUT
    out, err = capsys.readouterr()
    assert out.endswith("a.md: renamed\n") and out.count("\n") == 1
    assert err == "2 files, 1 changed\n"


def test_a_place_through_the_named_files_only(workspace: Path) -> None:
    assert rename(workspace, "Hob's Weir", "Long Dam", workspace / "scenarios" / "combat" / "b.md") == 0
    assert text(workspace, "b.md") == WITHOUT.replace("Hob's Weir", "Long Dam")
    assert text(workspace, "a.md") == WITH


def test_diff_shows_and_writes_nothing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rename(workspace, "--diff", "Wren", "Tamsin") == 0
    assert "+## Tamsin\n" in capsys.readouterr().out
    assert text(workspace, "a.md") == WITH


def test_json_rows(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rename(workspace, "--format", "json", "Hob's Weir", "Long Dam") == 0
    rows = json.loads(capsys.readouterr().out)
    jsonschema.validate(rows, SCHEMA)
    assert [row["written"] for row in rows] == [True, True]


def test_one_file_that_refuses_keeps_all_from_being_written(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rename(workspace, "Hob's Weir", "Osk") == 2
    assert "b.md: Another character is called Osk already" in capsys.readouterr().err
    assert (text(workspace, "a.md"), text(workspace, "b.md")) == (WITH, WITHOUT)


def test_a_name_that_no_file_has(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rename(workspace, "Wern", "Tamsin") == 2
    assert "No character and no place is called Wern here. Did you mean Wren?" in capsys.readouterr().err


def test_what_cannot_be_read_is_told_and_never_written(workspace: Path) -> None:
    bad = workspace / "scenarios" / "combat" / "c.md"
    bad.write_bytes(WITH.encode() + b"\xff")
    assert rename(workspace, "Wren", "Tamsin") == 3
    assert bad.read_bytes() == WITH.encode() + b"\xff"
    assert "Tamsin" in text(workspace, "a.md")


def test_calls_of_the_workspaces_own_tools_are_read(workspace: Path) -> None:
    table = "hex:\n  like: damage\n  example: '[hex: Wren 3]'\n  help: A curse.\n"
    (workspace / "tools.yaml").write_text(table, encoding="utf-8")
    path = workspace / "scenarios" / "combat" / "a.md"
    path.write_text(WITH.replace("damage: wren", "hex: wren"), encoding="utf-8")
    assert rename(workspace, "Wren", "Tamsin") == 0
    assert "[hex: tamsin 3]" in text(workspace, "a.md")


def test_a_missing_path(workspace: Path) -> None:
    assert rename(workspace, "Wren", "Tamsin", workspace / "no.md") == 2


def test_a_link_stays_a_link(workspace: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.md"
    link.symlink_to(workspace / "scenarios" / "combat" / "a.md")
    assert rename(workspace, "Wren", "Tamsin", link) == 0
    assert link.is_symlink() and "Tamsin" in text(workspace, "a.md")


def test_nothing_failed_is_nothing_to_report() -> None:
    assert Rewriting().exit_code(findings=False) == 0
