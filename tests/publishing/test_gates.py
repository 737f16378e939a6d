"""The gates before publishing: what each finds, and that it keeps shut where nothing is known."""

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.evaluation.parity import Finding as Found
from studio.evaluation.parity import Measured, ParityReport, ParityStep
from studio.evaluation.parity_file import write_parity
from studio.evaluation.suites import read_gate
from studio.files import sha256_of
from studio.publishing.candidate import Candidate, NoSuchFile, NothingConverted, OneFile, candidate_for
from studio.publishing.gates import ParityGate, SuiteGate, ValidateGate
from studio.publishing.going_out import go_out
from studio.publishing.named_models import Named
from studio.publishing.publishing import Finding, asked
from studio.publishing.usual_gates import usual_gates
from studio.publishing.versions import Shelf
from studio.resources import resource
from studio.scenario.game import Game
from studio.workspace import Workspace
from studio.workspace.folder import open_or_make


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    """A converted file of a run; only its hash matters."""
    run, folder = tmp_path / "runs" / "2026-train", tmp_path / "models" / "tavern"
    for path in (run, folder):
        path.mkdir(parents=True)
    (run / "config.yaml").write_text("name: tavern\nbase: /nowhere/base.gguf\ndataset: /data/tavern/1a2b3c\n")
    (folder / "tavern-Q4_K_M.gguf").write_bytes(b"weights")
    row = {"file": "tavern-Q4_K_M.gguf", "quantisation": "Q4_K_M"}
    (folder / "card.json").write_text(json.dumps({"source": str(run), "base": "SmolLM2", "files": [row]}))
    return candidate_for("2026-train", Workspace(tmp_path))


def report(candidate: Candidate, **more: Any) -> ParityReport:
    measured = Measured(ids=True)
    packed = ParityStep(
        name="Q4_K_M", kind="packed", against="merged", measured=measured, findings=(), file=candidate.model.name,
        sha256=sha256_of(candidate.model),
    )  # fmt: skip
    steps = (ParityStep("merged", "merged", "-", measured, (), None, None), replace(packed, **more))
    return ParityReport("tavern", str(candidate.run), "2026-11-22", 3, 2100, 900, steps)


def test_a_run_is_found_by_its_name_with_what_it_learnt_from(candidate: Candidate, tmp_path: Path) -> None:
    assert (candidate.model.name, candidate.data, candidate.base_name) == (
        "tavern-Q4_K_M.gguf",
        "tavern/1a2b3c",
        "SmolLM2",
    )
    assert candidate_for("tavern", Workspace(tmp_path)) == candidate
    (tmp_path / "runs" / "other").mkdir()
    (tmp_path / "runs" / "other" / "config.yaml").write_text("name: other\n")
    with pytest.raises(NothingConverted, match="lorewright convert"):
        candidate_for(str(tmp_path / "runs" / "other"), Workspace(tmp_path))


async def test_without_a_report_parity_keeps_shut(candidate: Candidate) -> None:
    (found,) = await asked([ParityGate()], candidate, print)
    assert "lorewright parity" in found.reasons[0]
    (found,) = await asked([ParityGate()], replace(candidate, run=None), print)
    assert "can't be held against one" in found.reasons[0]
    assert "Name a run" in found.advice, "to convert a base again would not help"


async def test_a_report_of_this_very_file_opens_it(candidate: Candidate) -> None:
    write_parity(candidate.folder, report(candidate))
    found = await ParityGate().ask(candidate)
    assert found.passed and found.figures["positions"] == 2100
    candidate.model.write_bytes(b"other weights")
    found = await ParityGate().ask(candidate)
    assert "changed or deleted" in found.reasons[0]


async def test_what_is_not_measured_is_measured_and_a_fault_is_told(candidate: Candidate) -> None:
    measured: list[Path] = []

    async def measure(folder: Path) -> None:
        measured.append(folder)
        write_parity(folder, report(candidate, findings=(Found("template", {"reason": "it is lost"}),)))

    found = await ParityGate(measure).ask(candidate)
    assert measured == [candidate.folder]
    assert "it is lost" in found.reasons[0] and not found.passed


async def test_a_file_that_is_no_model_is_not_sound(candidate: Candidate) -> None:
    found = await ValidateGate().ask(replace(candidate, base=None))
    assert found.reasons and found.reasons[0].startswith("bounds:")


async def test_a_suite_without_limits_holds_nothing_back_and_is_none(candidate: Candidate) -> None:
    class Suite:
        """As much of an evaluation as is looked at."""

        name = "mine"
        suite: Any = None

    Suite.suite = Suite
    found = await SuiteGate(type("E", (), {"suite": Suite}), ()).ask(candidate)  # type: ignore[arg-type]
    assert "sets no limits" in found.reasons[0]


def test_the_shipped_gate_can_be_read() -> None:
    limits = read_gate(resource("gates/publish.yaml"))
    assert {limit.beats for limit in limits} == {"base", None}


class _Converting:
    """A gate that is passed, while somebody converts the model anew."""

    name = "slow"

    async def ask(self, candidate: Candidate) -> Finding:
        """Nothing against what it saw."""
        candidate.model.write_bytes(b"others!")
        return Finding(self.name)


async def test_what_was_changed_while_it_was_examined_is_not_published(candidate: Candidate, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models", "tavern")
    done = await go_out(candidate, shelf, [_Converting()], Game.shipped(), print, datetime.datetime.now(datetime.UTC))
    assert done.version is None and "changed while it was examined" in done.findings[-1].reasons[0]
    assert shelf.pointer() is None and shelf.numbers() == []


def test_a_quantisation_is_named_in_any_case_and_never_of_one_file(candidate: Candidate, tmp_path: Path) -> None:
    assert candidate_for("2026-train", Workspace(tmp_path), "q4_k_m") == candidate
    assert candidate_for(str(candidate.model), Workspace(tmp_path), "Q4_K_M") == candidate
    with pytest.raises(NoSuchFile, match="it has Q4_K_M"):
        candidate_for("2026-train", Workspace(tmp_path), "Q8_0")
    with pytest.raises(OneFile, match="Leave --quant out"):
        candidate_for(str(candidate.model), Workspace(tmp_path), "Q8_0")


@pytest.mark.parametrize(("made", "meant"), [(("Q8_0", "Q4_K_M", "F16"), "Q4_K_M"), (("Q8_0", "F16"), "Q8_0")])
def test_of_several_files_evaluating_takes_what_publishing_takes(
    candidate: Candidate, tmp_path: Path, made: tuple[str, ...], meant: str
) -> None:
    folder = candidate.folder
    rows = [{"file": f"tavern-{kind}.gguf", "quantisation": kind} for kind in made]
    for row in rows:
        (folder / row["file"]).write_bytes(b"weights")
    card = json.loads((folder / "card.json").read_text("utf-8"))
    (folder / "card.json").write_text(json.dumps({**card, "files": rows}), "utf-8")
    taken = candidate_for("tavern", Workspace(tmp_path)).model
    assert taken.name == f"tavern-{meant}.gguf"
    assert {Path(Named(tmp_path).one(word)).resolve() for word in ("tavern", str(folder))} == {taken.resolve()}
    (folder / "card.json").unlink()
    assert Named(tmp_path).one("tavern") == str(folder), "without a card nobody can tell, so a file is asked for"


def test_rivals_are_measured_only_where_a_limit_asks_for_them(tmp_path: Path) -> None:
    workspace = open_or_make(tmp_path / "inn")
    own = tmp_path / "gate.yaml"
    own.write_text("limits:\n  - {figure: tool-calls/f1, at_least: 0.25}\n", encoding="utf-8")

    async def measure(_folder: Path) -> None:
        raise AssertionError("nothing is measured here")

    def rivals(*files: Path) -> bool:
        gate = usual_gates(workspace, Game.shipped(), measure, gates=files)[-1]
        assert isinstance(gate, SuiteGate)
        return gate.evaluating.rivals

    assert rivals(), "the shipped limits ask that the base is beaten"
    assert not rivals(own)
