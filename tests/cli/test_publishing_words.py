"""`lorewright publish`, `rollback`, `pack`, `verify`, `export`: what is wrong is a sentence and an exit code."""

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from studio.cli import main
from studio.cli.publish import values
from studio.publishing.candidate import Candidate
from studio.publishing.going_out import Outcome
from studio.publishing.publishing import Finding, publish
from studio.publishing.version import Version
from studio.publishing.versions import Shelf
from studio.resources import resource


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with one scenario."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "lorewright.yaml").write_text("format: 1\n")
    (tmp_path / "scenarios" / "weir.md").write_text("<SYSTEM>A weir.</SYSTEM>\n")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["publish"], 2, "which name"),
        (["publish", "nothing", "--to", "inn"], 2, "called “nothing” here. Name a run, a converted model"),
        (["publish", "nothing", "--to", "The Inn"], 2, "small letters"),
        (["publish", "scenarios", "--to", "inn"], 2, "called “scenarios” here. Name a run"),
        (["publish", "http://localhost:1/v1#tavern", "--to", "inn"], 2, "served elsewhere, and its files are needed"),
        (["publish", "runs/nothing", "--to", "inn"], 2, "no file or folder at runs/nothing"),
        (["parity", "nothing"], 2, "called “nothing” here. Name a run that was converted"),
        (["parity", "starter"], 2, "Name a run that was converted"),
        (["parity", "http://localhost:1/v1#tavern"], 2, "served elsewhere"),
        (["convert", "http://localhost:1/v1#tavern"], 2, "served elsewhere"),
        (["convert", "nothing"], 2, "Name a run, a checkpoint's folder, or a base"),
        (["evaluate", "nothing"], 2, "`starter` or ADDRESS#MODEL"),
        (["play", "nothing"], 2, "`starter` or ADDRESS#MODEL"),
        (["play", "startr"], 2, "Did you mean “starter”?"),
        (["rollback", "inn", "--to", "two"], 2, "“two” is no number of a version"),
        (["rollback", "inn"], 2, "Nothing is published as “inn”"),
        (["pack", "nothing"], 2, "Name a run, a converted model"),
        (["verify", "nothing"], 2, "no file or folder"),
        (["verify", "{place}"], 3, "pack.json is missing"),
        (["verify", "{place}/lorewright.yaml"], 3, "can't be unpacked"),
        (["pack", "{place}/lorewright.yaml"], 3, "does not end with .gguf"),
        (["pack", "nothing", "--tokens", "99999"], 2, "99999 is no number of tokens from 1 to 1024"),
        (["pack", "nothing", "--tokens", "-1"], 2, "-1 is no number of tokens"),
        (["pack", "nothing", "--adapter", "--quant", "Q8_0"], 2, "Leave one of them out"),
    ],
)
def test_what_is_wrong_is_said(
    place: Path,
    words: list[str],
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(place.parent)
    given = [word.format(place=place) for word in words]
    assert main([*given, "--workspace", str(place)]) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [(["publish", "--list"], 2), (["rollback", "inn"], 2), (["pack", "inn"], 2), (["parity", "inn"], 2),
     (["convert", "--forecast"], 3), (["convert", "--clean"], 0)],
)  # fmt: skip
def test_a_workspace_that_is_not_there_is_not_made_to_look_into_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int
) -> None:
    missing = tmp_path / "mistyped"
    assert main([*words, "--workspace", str(missing)]) == code
    told = capsys.readouterr()
    assert str(missing) in told.err + told.out
    assert not missing.exists()


def test_an_export_says_what_it_wrote(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.zip"
    (place / "scenarios" / "key.txt").write_text("sk-" + "a1B2" * 12)
    assert main(["export", "--workspace", str(place), "--out", str(out), "--format", "json"]) == 0
    told = by_schema("export", json.loads(capsys.readouterr().out))
    assert told["files"] == ["lorewright.yaml", "scenarios/weir.md"]
    assert main(["export", "--workspace", str(place), "--out", str(out)]) == 3
    assert main(["export", "--workspace", str(tmp_path / "none"), "--out", str(out)]) == 2


def by_schema(name: str, told: Any) -> Any:
    """What was printed, which keeps to the schema of its name."""
    jsonschema.validate(told, json.loads((resource("schemas") / f"{name}.schema.json").read_text("utf-8")))
    return told


async def test_what_publishing_prints_keeps_to_its_schema(place: Path) -> None:
    model = place / "one" / "inn.gguf"
    model.parent.mkdir()
    model.write_text("one")
    found = (Finding("validate", figures={"bounds": True, "template": None}), Finding("suite", ("f1 is low",)))
    refused = by_schema("publish", values("inn", Outcome(None, found)))
    assert (refused["published"], refused["gates"][1]["reasons"]) == (None, ["f1 is low"])
    assert refused["gates"][0]["advice"] == "" and "--gate FILE" in refused["gates"][1]["advice"]
    made = Candidate(model, None, None, model.parent, "Q4_K_M", None, "a base", "tavern/1a2b")
    scores = {"tool-calls/f1": {"value": 0.5, "low": None, "high": 0.6, "of": 132}}
    day = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    version = await publish(made, Shelf(place / "models", "inn"), found[:1], _loads, tools=[], scores=scores, now=day)
    told = by_schema("publish", values("inn", Outcome(version, found[:1])))
    assert (told["name"], told["version"], told["path"]) == ("inn", 1, str(version.path))


async def _loads(_version: Version) -> None:
    """The first load goes well."""


async def test_versions_are_listed_and_rolled_back(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shelf = Shelf(place / "models", "inn")
    for text in ("one", "two"):
        model = place / text / "inn.gguf"
        model.parent.mkdir()
        model.write_text(text)
        made = Candidate(model, None, None, model.parent, "Q4_K_M", None, "a base", "tavern/1a2b")
        day = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
        await publish(made, shelf, (), _loads, tools=["roll"], scores={}, now=day)
    assert main(["publish", "--list", "--workspace", str(place)]) == 0
    assert "* inn 2  2026-11-22" in capsys.readouterr().out
    for option, said in ((["--quant", "Q8_0"], "one file already"), (["--adapter"], "Name the run for --adapter")):
        assert main(["pack", "inn", *option, "--workspace", str(place)]) == 2
        assert said in capsys.readouterr().err
    assert main(["rollback", "inn", "--workspace", str(place)]) == 0
    assert "version 1 now" in (told := capsys.readouterr().out) and "`lorewright rollback inn --to 2`" in told
    assert main(["rollback", "inn", "--to", "3", "--workspace", str(place)]) == 2
    assert "no version 3. There are: 1, 2." in capsys.readouterr().err
    assert main(["rollback", "inn", "--to", "1", "--workspace", str(place)]) == 2
    assert "in use already" in capsys.readouterr().err
    assert main(["rollback", "inn", "--to", "2", "--format", "json", "--workspace", str(place)]) == 0
    told = by_schema("rollback", json.loads(capsys.readouterr().out))
    assert (told["version"], told["left"]) == (2, 1)
    assert main(["rollback", "inn", "--workspace", str(place)]) == 0
    capsys.readouterr()
    assert main(["publish", "--list", "--format", "json", "--workspace", str(place)]) == 0
    (row,) = by_schema("publish-list", json.loads(capsys.readouterr().out))
    assert (row["version"], [one["version"] for one in row["versions"]]) == (1, [1, 2])
    (shelf.folder / "0002" / "card.json").write_text("{")
    assert main(["publish", "--list", "--workspace", str(place)]) == 0
    assert "Version 2 of “inn” is damaged" in capsys.readouterr().out
