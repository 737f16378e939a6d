"""`lorewright data`: the words, a data set from its first description to a comparison, exit codes."""

import json
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.cli.data import PACKAGES, WORDS, module_of
from studio.errors import PartMissing
from studio.resources import resource, samples

SCHEMA = json.loads((resource("schemas") / "data-build.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Two of the samples."""
    folder = tmp_path / "scenarios" / "combat"
    folder.mkdir(parents=True)
    (tmp_path / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    for name in ("reed-troll.md", "wolf-winter.md"):
        (folder / name).write_bytes((samples() / "combat" / name).read_bytes())
    return tmp_path


def data(workspace: Path, *words: object) -> int:
    return main(["data", words[0], "--workspace", str(workspace), *map(str, words[1:])])  # type: ignore[list-item]


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_every_word_has_a_module_and_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    for word in WORDS:
        assert callable(module_of(word).run)
        with pytest.raises(SystemExit) as ended:
            main(["data", word, "--help"])
        assert ended.value.code == 0
    with pytest.raises(SystemExit):
        main(["data", "--help"])
    assert "compare two builds row by row" in capsys.readouterr().out


def test_from_the_first_description_to_a_comparison(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert data(workspace, "new", "river") == 0
    assert data(workspace, "new", "river") == 2
    capsys.readouterr()
    assert data(workspace, "build", "river", "--format", "json", "--jobs", 1) == 0
    first = printed(capsys)
    jsonschema.validate(first, SCHEMA)
    scenario = workspace / "scenarios" / "combat" / "reed-troll.md"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text + "<DM>never closed", encoding="utf-8")
    assert data(workspace, "build", "river", "--format", "json", "--jobs", 1) == 1
    second = printed(capsys)
    jsonschema.validate(second, SCHEMA)
    lines = [row["line"] for row in second["problems"]]  # type: ignore[attr-defined]
    assert text.count("\n") + 1 in lines
    assert second["counts"]["in"] < first["counts"]["in"]  # type: ignore[index]
    assert data(workspace, "compare", "river", "--format", "json") == 0
    found = printed(capsys)
    assert found["before"] == first["build"] and found["after"] == second["build"]
    assert {row["path"] for row in found["removed"]} == {"scenarios/combat/reed-troll.md"}  # type: ignore[attr-defined]
    assert data(workspace, "build", "river", "--jobs", 1) == 1
    said = capsys.readouterr().out
    assert "passes an epoch" in said and "leakage: No row validates" in said
    assert data(workspace, "list") == 0
    assert capsys.readouterr().out.index(str(second["build"])) > 0
    assert data(workspace, "compare", first["build"], second["build"]) == 0
    said = capsys.readouterr().out
    assert "- scenarios  scenarios/combat/reed-troll.md" in said
    assert f"{len(found['removed'])} was removed" in said  # type: ignore[arg-type]


def test_what_is_not_there_is_wrong_use_and_a_broken_description_is_unusable(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert data(workspace, "bild", "river") == 2
    assert "Did you mean “build”" in capsys.readouterr().err
    assert data(workspace, "build", "river") == 2
    (workspace / "datasets").mkdir(exist_ok=True)
    (workspace / "datasets" / "river.yaml").write_text("sources:\n- {name: a, scenaros: x}\n", encoding="utf-8")
    assert data(workspace, "build", "river") == 3
    assert "scenarios" in capsys.readouterr().err
    (workspace / "datasets" / "river.yaml").write_text("sources:\n- {name: a, scenarios: none}\n", encoding="utf-8")
    assert data(workspace, "build", "river", "--format", "json") == 3
    assert printed(capsys)["error"]["code"] == "NothingToBuild"  # type: ignore[index]


def test_training_names_a_build_or_scenarios_and_says_what_is_missing(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["train", "--workspace", str(workspace), "--dataset", "river"]
    assert main([*common, str(workspace / "scenarios")]) == 2
    assert "not both" in capsys.readouterr().err
    assert main(common) == 2
    assert "no build of “river”" in capsys.readouterr().err


def test_a_package_that_set_up_brings_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow.parquet")

    monkeypatch.setattr("studio.cli.data.importlib.import_module", missing)
    assert "pyarrow" in PACKAGES
    with pytest.raises(PartMissing):
        module_of("build")


def test_the_package_for_data_loads_nothing_of_them() -> None:
    import subprocess
    import sys

    loaded = "import studio.dataset, studio.training, studio.cli.data, sys"
    code = f"{loaded}; assert not {{*{PACKAGES!r}}} & {{*sys.modules}}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
