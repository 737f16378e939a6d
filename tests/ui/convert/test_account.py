"""What is told of a converted model: its checks side by side, true size against forecast, and parity."""

import json
from pathlib import Path

import pytest

from studio.evaluation.parity import Measured, ParityReport, ParityStep
from studio.evaluation.parity_file import write_parity
from studio.files import sha256_of
from studio.jobs.runs import EVENTS, Run
from studio.ui.convert.account import account_of, chain_of
from studio.ui.convert.result import Result, result_from

SIZES = {"F16": 270_894_048, "Q4_K_M": 106_000_000}


@pytest.fixture
def result(tmp_path: Path, starter: Path) -> Result:
    """Two files of a run on the starter, and the conversion that made them; one failed a check."""
    run, models = tmp_path / "runs" / "2026-11-21-tavern-train", tmp_path / "models" / "tavern"
    conversion = tmp_path / "runs" / "2026-11-21-tavern-convert"
    for folder in (run, models, conversion):
        folder.mkdir(parents=True)
    (run / "config.yaml").write_text(f"base: {starter}\n", "utf-8")
    files = [
        {"file": f"t-{kind}.gguf", "quantisation": kind, "size": size, "bits": 6.1} for kind, size in SIZES.items()
    ]
    for row in files:
        (models / str(row["file"])).write_bytes(b"GGUF")
    (models / "card.json").write_text(json.dumps({"source": str(run), "files": files}), "utf-8")
    (conversion / "config.yaml").write_text("name: tavern\n", "utf-8")
    (conversion / "report.json").write_text(json.dumps({"model": str(models)}), "utf-8")
    events = [
        {"event": "validated", "file": f"t-{kind}.gguf", "checks": [
            {"check": "bounds", "ok": True, "detail": "whole"},
            {"check": "template", "ok": kind == "F16", "detail": "it is another"},
        ]} for kind in SIZES
    ]  # fmt: skip
    (conversion / EVENTS).write_text("\n".join(map(json.dumps, events)) + "\n", "utf-8")
    found = result_from(tmp_path / "models", Run(run))
    assert found is not None
    return found


def test_checks_stand_side_by_side_and_sizes_against_the_forecast(result: Result, tmp_path: Path) -> None:
    account = account_of(result, tmp_path / "runs")
    assert account.files == ("t-F16.gguf", "t-Q4_K_M.gguf")
    assert [(check.marks, check.passed) for check in account.checks] == [(("✓", "✓"), True), (("✓", "✗"), False)]
    assert account.checks[1].details == ("t-Q4_K_M.gguf: it is another",)
    assert [size for size, _off in account.forecasts.values()] == ["258 MB", "101 MB"]
    assert [abs(float(off.split()[0])) < 2 for _size, off in account.forecasts.values()] == [True, True]
    assert account.chain.passed is None


def test_the_chain_is_told_and_a_file_that_changed_since_breaks_it(result: Result) -> None:
    folder, name = result.path.parent, result.path.name
    step = ParityStep("Q4_K_M", "packed", "merged", Measured(ids=True), (), name, sha256_of(result.path))
    write_parity(folder, ParityReport("tavern", "x", "2026-11-22", 3, 2100, 900, (step,)))
    chain = chain_of(folder)
    assert chain.passed and "2100" in chain.lines[0] and chain.rows[0][0] == "Q4_K_M"
    result.path.write_bytes(b"other")
    assert chain_of(folder).passed is False
    (folder / "parity.json").write_text("{", "utf-8")
    assert chain_of(folder).passed is False and "parity" in chain_of(folder).lines[0]
