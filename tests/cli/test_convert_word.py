"""`lorewright convert` before anything is made: the table, the choice, what is refused, what is cleaned up."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from studio.cli import main
from studio.gguf.leftovers import PREFIX, leftovers, note


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Runs the command and returns its exit code and its JSON."""

    def run(*words: str) -> tuple[int, Any]:
        code = main(["convert", "--workspace", str(tmp_path / "ws"), "--format", "json", *words])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_the_table_is_told_without_making_anything(told, starter: Path, root: Path) -> None:  # type: ignore[no-untyped-def]
    code, found = told(str(starter), "--forecast", "--context", "2048")
    schema = json.loads((root / "resources/schemas/convert-forecast.schema.json").read_text("utf-8"))
    jsonschema.validate(found, schema)
    assert code == 0 and found["context"] == 2048
    rows = {row["quantisation"]: row for row in found["quantisations"]}
    assert rows["Q4_K_M"]["bits_a_weight"] == pytest.approx(6.17, abs=0.01)
    assert rows["IQ1_S"]["needs_importance_matrix"] and not rows["Q2_K"]["needs_importance_matrix"]
    assert "Q1_0" not in rows, "rows of 576 do not divide by 128"


def test_where_nothing_fits_that_is_a_finding(told, starter: Path, root: Path) -> None:  # type: ignore[no-untyped-def]
    code, found = told(str(starter), "--fit-gb", "0.15", "--device", "phone")
    schema = json.loads((root / "resources/schemas/convert.schema.json").read_text("utf-8"))
    jsonschema.validate(found, schema)
    assert code == 1 and found["choice"]["quantisation"] is None
    assert "Nothing fits into 0.15 GB" in found["choice"]["given_up"][0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--quant", "Q4_K_M,Q5_KM"), "“Q5_KM”. Did you mean “Q5_K_M”? `lorewright"),
        (("--quant", ","), "--quant names no quantisation"),
        (("--fit-gb", "0"), "no number of GB"),
        (("--fit-gb", "nan"), "no number of GB"),
        (("--fit-gb", "two"), "two is no number of GB"),
        (("--forecast", "--context", "0"), "no number of tokens"),
        (("--forecast", "--context", "2k"), "2k is no number of tokens"),
        (("--forecast", "--device", "phon"), "“phon”. Did you mean “phone”? There"),
    ],
)
def test_a_wrong_word_is_a_sentence(told, starter: Path, words: tuple[str, ...], sentence: str) -> None:  # type: ignore[no-untyped-def]
    code, found = told(str(starter), *words)
    assert code == 2 and sentence in found["error"]["message"]


def test_what_interrupted_conversions_left_is_removed_when_that_is_asked(told, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    models = tmp_path / "ws" / "models"
    left, own, half = (models / f"{PREFIX}{pid}-a" for pid in (2**22 + 7, 1, 2**22 + 8))
    for folder in (left, own, half):
        folder.mkdir(parents=True)
        (folder / "x-1M-v1.0-F16.gguf").write_bytes(b"GGUF" * 1000)
    for folder in (left, own):
        note(folder, "key", "tavern", "/runs/tavern", {"F16": "x-1M-v1.0-F16.gguf"})
    note(half, "key", "tavern", "/runs/tavern", {"F16": "../../x.gguf"})
    assert [one.path for one in leftovers(models)] == [left], "one is at work, the other names a file outside"
    code, found = told("--clean")
    assert code == 0 and [row["name"] for row in found["removed"]] == ["tavern"]
    assert not left.exists() and own.exists()
    assert told("--clean") == (0, {"removed": []})


def test_what_was_measured_with_a_matrix_says_nothing_of_files_without(tmp_path: Path) -> None:
    from studio.evaluation.device_fit import measured_losses

    model = tmp_path / "tavern"
    model.mkdir()
    rows = [("Q4_K_M", 0.05, "what it learned from"), ("Q5_K_M", 0.1, ""), ("F16", 0.0, "")]
    files = [{"file": f"x-{kind}.gguf", "quantisation": kind, "comparison": {"divergence": loss}, "importance": texts}
             for kind, loss, texts in rows]  # fmt: skip
    (model / "card.json").write_text(json.dumps({"source": "/runs/x", "files": files}), "utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "card.json").write_text('{"source": "/runs/x", "files": [3]}', "utf-8")
    assert measured_losses(tmp_path, Path("/runs/x")) == {"Q5_K_M": 0.1, "F16": 0.0}
    assert measured_losses(tmp_path, Path("/runs/x"), importance=True) == {"Q4_K_M": 0.05, "F16": 0.0}
    assert measured_losses(tmp_path, Path("/runs/y")) == {}


def test_every_error_of_the_worker_is_known_to_who_converts() -> None:
    codes = ["OtherBase", "AdapterRefused", "BaseUnsound", "ModelNotLoaded", "ConversionWrong", "NotSound", "NoRoom"]
    program = (
        "import sys, studio.cli.convert; from studio.errors import from_event\n"
        "print(*(type(from_event(code, {})).__name__ for code in sys.argv[1:]))"
    )
    told = subprocess.run([sys.executable, "-c", program, *codes], capture_output=True, text=True, check=True)
    assert told.stdout.split() == codes
