"""A converted model's card is read back as it was written."""

import json
from pathlib import Path

from studio.jobs.runs import Run
from studio.ui.convert.plan import choices
from studio.ui.convert.result import model_name, result_from, result_of

FILE = {
    "file": "tavern-Q4_K_M.gguf",
    "quantisation": "Q4_K_M",
    "size": 105454144,
    "bits": 6.165,
    "sha256": "00",
    "comparison": {"ids_identical": True, "top1": 0.869, "divergence": 0.0591, "positions": 212},
}


def made(models: Path, source: Path) -> Path:
    folder = models / "tavern"
    folder.mkdir(parents=True)
    (folder / "tavern-Q4_K_M.gguf").write_bytes(b"GGUF")
    (folder / "card.json").write_text(json.dumps({"format": 1, "source": str(source), "files": [FILE]}), "utf-8")
    return folder / "tavern-Q4_K_M.gguf"


def test_the_model_of_a_run_is_found_by_its_card(tmp_path: Path) -> None:
    run = Run(tmp_path / "runs" / "2026-11-21-tavern-train")
    path = made(tmp_path / "models", run.path)
    result = result_from(tmp_path / "models", run)
    assert result is not None and result.path == path and result.positions == 212
    (row,) = result.rows
    assert (row.size, row.bits, row.agreement, row.divergence) == ("105 MB", "6.17", "86.9 %", "0.0591")
    assert result_from(tmp_path / "models", Run(tmp_path / "another")) is None


def test_a_damaged_card_is_no_result(tmp_path: Path) -> None:
    run = Run(tmp_path / "runs" / "x")
    path = made(tmp_path / "models", run.path)
    (path.parent / "card.json").write_text("{", "utf-8")
    assert result_from(tmp_path / "models", run) is None


def test_a_report_without_its_file_is_no_result(tmp_path: Path) -> None:
    conversion = tmp_path / "2026-11-21-tavern-convert"
    conversion.mkdir()
    (conversion / "report.json").write_text(json.dumps({"gguf": str(tmp_path / "gone.gguf"), "files": [FILE]}), "utf-8")
    assert result_of(Run(conversion)) is None
    path = made(tmp_path / "models", conversion)
    (conversion / "report.json").write_text(json.dumps({"gguf": str(path), "files": [FILE]}), "utf-8")
    result = result_of(Run(conversion))
    assert result is not None and result.path == path


def test_names() -> None:
    assert model_name(Run(Path("2026-11-21-old-tavern-train"))) == "old-tavern"
    assert model_name(Run(Path("2026-11-21-train"))) == "model"


def test_the_choices_have_true_sizes_and_the_narrow_rows_are_told(tmp_path: Path, starter: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").write_text(f"base: {starter}\n", "utf-8")
    found = {choice.name: choice for choice in choices(Run(run))}
    assert found["Q4_K_M"].size == "105 MB" and found["Q4_K_M"].bits == "6.17" and "181" in found["Q4_K_M"].note
    assert found["F16"].note == "" and found["F16"].share == 1.0


def test_a_base_that_is_gone_leaves_the_table_without_figures(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").write_text("base: /nowhere.gguf\n", "utf-8")
    assert {choice.size for choice in choices(Run(run))} == {"–"}
