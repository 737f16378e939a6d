from pathlib import Path

from studio.resources import samples
from studio.workspace import survey
from studio.workspace.folder import scenario_files


def test_a_scenario_says_what_a_list_needs() -> None:
    path = next(path for path in scenario_files(samples()) if path.stem == "tavern-brawl")
    found = survey(path)
    assert (found.title, found.scenario_type, found.held_out) == ("Last Orders at the Drowned Pike", "combat", False)
    assert found.turns > 5 and found.count("error") == 0 and "tavern" in found.tags


def test_a_file_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "combat" / "latin.md"
    path.parent.mkdir()
    path.write_bytes(b"\xe9")
    found = survey(path)
    assert (found.title, found.scenario_type) == ("latin", "combat")
    assert found.unreadable is not None and "UTF-8" in found.unreadable


def test_a_text_stands_for_the_file(tmp_path: Path) -> None:
    found = survey(tmp_path / "combat" / "new.md", "<DM>")
    assert found.count("error") >= 1
