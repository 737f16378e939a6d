"""Builds of sources with very many bad lines and of the Hub: what is listed stays short, what is counted is exact."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from studio.chat import ChatTemplate
from studio.cli import data_build
from studio.dataset.audit.report import audit_report
from studio.dataset.audit.subject import subject
from studio.dataset.audit.telling import told
from studio.dataset.build import Built, Setting, build
from studio.dataset.cutting import Cutter
from studio.dataset.description import Description
from studio.dataset.gathered import RowsLost
from studio.dataset.problems import MOST, Problems
from studio.dataset.sources.hub import cache_of
from studio.workspace import Workspace
from studio.workspace.folder import open_or_make

CHATML = ChatTemplate("{% for m in messages %}{{ m.role }}: {{ m.content }}<|im_end|>\n{% endfor %}", eos="<|im_end|>")
PLACES = ("Gant", "Ossel", "Reedmere", "Thistlegate", "Orrin", "Malvane", "Lantern Reach", "Saltmouth")
SYLLABLES = ("gan", "tor", "ree", "mal", "sal", "orr", "this", "lan", "ves", "dun", "key", "pol", "ash", "bri", "col")
PAIRS = "- {name: pairs, file: pairs.jsonl}\n"


class Words:
    """A tokeniser in which each word is an id."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        return [len(word) for word in text.split()]

    def decode(self, ids: list[int]) -> str:
        raise NotImplementedError


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace without a scenario."""
    (tmp_path / "ws" / "scenarios").mkdir(parents=True)
    return open_or_make(tmp_path / "ws")


def describe(workspace: Workspace, sources: str) -> None:
    (workspace.root / "datasets" / "play.yaml").write_text(f"sources:\n{sources}", encoding="utf-8")


def made(workspace: Workspace, **setting: Any) -> Built:
    def cutter_of(description: Description, _root: Path) -> Cutter:
        return Cutter(lambda: (CHATML, Words()), description.max_length, "words")  # type: ignore[arg-type]

    return build("play", workspace, cutter_of, Setting(processes=1, **setting))


def pair(where: str) -> str:
    """A record whose words no other has in this order."""
    chance = random.Random(where)
    answer = " ".join("".join(chance.choices(SYLLABLES, k=2)) for _word in range(25))
    return json.dumps({"prompt": f"What lies at {where}?", "completion": f"{answer.capitalize()}."})


@pytest.mark.parametrize(("bad", "kept"), [(50_000, 100), (70, 70)])
def test_of_very_many_bad_lines_the_first_are_kept_and_all_are_counted(
    workspace: Workspace, root: Path, capsys: pytest.CaptureFixture[str], bad: int, kept: int
) -> None:
    """The twin has fewer than are kept: all of them are listed, and nothing more is told."""
    lines = [*("{no json\n" + pair(where) for where in PLACES), *["{no json"] * (bad - len(PLACES))]
    (workspace.root / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    describe(workspace, PAIRS)
    found = made(workspace, listed=100)
    manifest, said = found.build.manifest, data_build.result(found)
    assert len(found.errors) == len(manifest.problems) == kept
    assert manifest.errors == manifest.sources[0].errors == bad
    assert (
        manifest.codes == {"errors": {"json": bad}, "warnings": {}}
        and manifest.sources[0].rows == manifest.counts["in"] == 8
    )
    assert said["errors"] == bad and said["more"] == bad - kept
    schema = json.loads((root / "resources/schemas/data-build.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(json.dumps(said)), schema)
    data_build.print_problems(found.errors, manifest.errors)
    assert capsys.readouterr().err.splitlines()[-1] == f"… and {bad - 50} more"


def test_an_audit_too_counts_what_it_does_not_list(workspace: Workspace, root: Path) -> None:
    (workspace.root / "pairs.jsonl").write_text("{no json\n" * (MOST + 5) + pair("Gant"), encoding="utf-8")
    report = audit_report(subject(str(workspace.root / "pairs.jsonl"), workspace.root), workspace.root)
    values, lines = report.as_json(), list(told(report))
    assert (len(report.problems), values["more"]) == (MOST, 5)
    schema = json.loads((root / "resources/schemas/data-audit.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(json.dumps(values)), schema)
    listed = len(lines) - 2 - lines.index("Left out, or without a verdict")
    assert lines[-1] == f"  … and {MOST + 5 - listed} more"
    assert lines[0].partition(": ")[2].startswith("1 row; ")


def test_a_row_or_a_problem_that_is_lost_on_the_way_is_our_mistake(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.root / "pairs.jsonl").write_text("{no json\n" * 3, encoding="utf-8")
    describe(workspace, PAIRS)
    monkeypatch.setattr(Problems, "append", lambda _self, _problem: None)
    with pytest.raises(RowsLost, match="3 rows and problems"):
        made(workspace)


def test_held_out_scenarios_are_all_named_however_many(workspace: Workspace) -> None:
    for number in range(5):
        (workspace.scenarios / f"{number}.md").write_text("---\ntags: [held-out]\n---\n", encoding="utf-8")
    (workspace.root / "pairs.jsonl").write_text(pair("Gant"), encoding="utf-8")
    describe(workspace, PAIRS + "- {name: scenarios, scenarios: scenarios}\n")
    manifest = made(workspace, listed=2).build.manifest
    assert len(manifest.held_out) == manifest.sources[1].held_out == manifest.out["held-out"] == 5


def test_a_data_set_of_the_hub_is_built_and_built_again_without_the_hub(workspace: Workspace, hub: Any) -> None:
    pairs = "".join(pair(where) + "\n" for where in PLACES)
    commit = hub.repo("someone/tales", {"train.jsonl": pairs.encode()})
    describe(workspace, f"- {{name: far, hub: someone/tales@{commit}, licence: CC-BY-4.0}}\n")
    first = made(workspace)
    assert first.build.manifest.counts["in"] == 8 and not first.errors
    assert first.build.manifest.sources[0].rows == 8 and hub.asked
    hub.stop()
    asked = len(hub.asked)
    for remember in (True, False):
        again = made(workspace, remember=remember)
        assert again.build.name == first.build.name and len(hub.asked) == asked


def test_without_what_was_fetched_a_build_needs_the_hub(workspace: Workspace, hub: Any) -> None:
    """The twin of the test above."""
    commit = hub.repo("someone/tales", {"train.jsonl": pair("Gant").encode()})
    (workspace.root / "pairs.jsonl").write_text(pair("Ossel"), encoding="utf-8")
    describe(workspace, f"{PAIRS}- {{name: far, hub: someone/tales@{commit}, licence: CC-BY-4.0}}\n")
    first = made(workspace)
    hub.stop()
    shutil.rmtree(cache_of(workspace.root))
    again = made(workspace)
    assert [one.code for one in again.errors] == ["HubUnreachable"] and again.build.name != first.build.name
    assert "1 example to train on and 0 to validate with" in again.build.card()
