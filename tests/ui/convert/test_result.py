"""A converted model's card is read back as it was written."""

import json
from pathlib import Path

from studio.jobs.runs import Run
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
    assert (row.size, row.bits, row.agreement, row.divergence) == ("101 MB", "6.17", "86.9 %", "0.0591")
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
