from pathlib import Path

import pytest

from studio.errors import PathMissing
from studio.resources import samples
from studio.workspace import find, open_or_make
from studio.workspace.folder import MARKER, scenario_files
from studio.workspace.places import config_folder, documents_folder


def test_a_new_workspace_gets_the_samples_and_is_found_again(tmp_path: Path) -> None:
    made = open_or_make(tmp_path / "Game")
    names = {path.relative_to(made.scenarios) for path in made.scenario_files()}
    assert names == {path.relative_to(samples()) for path in scenario_files(samples())} and len(names) >= 44
    assert find(start=made.scenarios / "combat") == made.root
    assert not list(made.root.glob("*.part"))


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    own = tmp_path / "scenarios" / "combat" / "tavern-brawl.md"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    made = open_or_make(tmp_path)
    assert list(made.scenario_files()) == [own]
    assert own.read_text() == "mine"
    marker = (tmp_path / MARKER).read_text()
    (tmp_path / MARKER).write_text(marker + "# my note\n")
    open_or_make(tmp_path)
    assert (tmp_path / MARKER).read_text().endswith("# my note\n")


def test_a_first_start_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    half = tmp_path / ".scenarios.part" / "combat"
    half.mkdir(parents=True)
    (half / "torn.md").write_text("half a scen")
    made = open_or_make(tmp_path)
    assert not (made.scenarios / "combat" / "torn.md").exists()
    assert len(list(made.scenario_files())) >= 44


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("x")
    with pytest.raises(PathMissing):
        open_or_make(file)


def test_hidden_files_are_no_scenarios(tmp_path: Path) -> None:
    made = open_or_make(tmp_path)
    hidden = made.scenarios / ".trash" / "old.md"
    hidden.parent.mkdir()
    hidden.write_text("x")
    assert hidden not in set(made.scenario_files())


def test_the_named_workspace_wins(tmp_path: Path) -> None:
    open_or_make(tmp_path / "a")
    assert find(tmp_path / "b", start=tmp_path / "a") == (tmp_path / "b").resolve()


def test_the_last_one_is_opened_again_while_it_exists(tmp_path: Path) -> None:
    open_or_make(tmp_path / "last")
    (tmp_path / "here").mkdir()
    assert find(start=tmp_path / "here", last=str(tmp_path / "last")) == tmp_path / "last"
    assert find(start=tmp_path / "here", last=str(tmp_path / "gone")).name == "Lorewright"


def test_documents_are_where_the_desktop_says(tmp_path: Path) -> None:
    assert documents_folder(tmp_path) == tmp_path
    (tmp_path / "Documents").mkdir()
    assert documents_folder(tmp_path) == tmp_path / "Documents"
    (tmp_path / "Dokumente").mkdir()
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "user-dirs.dirs").write_text('XDG_DOCUMENTS_DIR="$HOME/Dokumente"\n')
    assert documents_folder(tmp_path) == tmp_path / "Dokumente"


@pytest.mark.parametrize(
    ("platform", "environment", "tail"),
    [
        ("linux", {}, ".config/lorewright"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/lorewright"),
        ("darwin", {}, "Library/Application Support/Lorewright"),
        ("win32", {}, "AppData/Roaming/Lorewright"),
    ],
)
def test_settings_lie_where_the_system_wants_them(platform: str, environment: dict[str, str], tail: str) -> None:
    assert config_folder(Path("/home/mara"), environment, platform).as_posix().endswith(tail)
