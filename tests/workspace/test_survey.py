from pathlib import Path

from studio.lint import check
from studio.resources import samples
from studio.scenario import parse
from studio.workspace import open_or_make, survey
from studio.workspace.drafts import new_scenario
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


def test_a_new_scenario_is_sound_whatever_its_title(tmp_path: Path) -> None:
    workspace = open_or_make(tmp_path)
    titles = ["Bell", 'He said "no": # why', "- - -", "東京", "a\nb", "true", "{x}", "'", "%s"]
    paths = [new_scenario(workspace, title, "mixed") for title in titles] + [new_scenario(workspace, "Bell", "mixed")]
    assert len(set(paths)) == len(paths)
    for path, title in zip(paths, titles, strict=False):
        parsed = parse(path.read_text("utf-8"), path=path)
        assert parsed.scenario.metadata["title"] == " ".join(title.split())
        assert parsed.scenario.player == "Mara"
        codes = [item.code for item in check(parsed) if item.severity == "error"]
        assert not codes, (title, codes)
