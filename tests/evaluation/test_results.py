"""Files of results: where a model lay is kept from the workspace's root, so that the workspace can be moved."""

import json
from dataclasses import replace
from pathlib import Path

from studio.evaluation.results import Measured, ResultsFile, file_of, read_results
from studio.jobs.kept_paths import MARKER

MEASURED = Measured("quick", "v" * 64, 0, "m" * 64, "tiny", "gguf")


def test_where_a_model_lay_moves_with_the_workspace(tmp_path: Path) -> None:
    root = tmp_path / "inn"
    model = root / "models" / "tiny.gguf"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"GGUF")
    (root / MARKER).write_text("format: 1\n", encoding="utf-8")
    measured = replace(MEASURED, place=str(model))
    path = file_of(root / "results", measured)
    file = ResultsFile(path, measured)
    assert json.loads(path.read_text(encoding="utf-8"))["place"] == "models/tiny.gguf"
    file.close()
    assert file.kept.measured == measured
    moved = root.rename(tmp_path / "tavern")
    kept = read_results(file_of(moved / "results", measured))
    assert kept.measured.place == str(moved / "models" / "tiny.gguf")


def test_a_name_and_an_address_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("format: 1\n", encoding="utf-8")
    for place in ("tavern", "http://localhost:8080/v1#tavern", "/gone/tiny.gguf", ""):
        measured = replace(MEASURED, place=place, model=f"{len(place):x<64}")
        file = ResultsFile(file_of(tmp_path / "results", measured), measured)
        file.close()
        assert file.kept.measured == measured
