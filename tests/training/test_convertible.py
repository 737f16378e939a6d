"""What cannot be converted is told by what the files say, before a worker is started for it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from studio.cli import main
from studio.gguf.convertible import check_architecture, families
from studio.inference.opening import identity_of
from studio.jobs.run_base import BaseGone, base_of_run
from studio.jobs.runs import NotARun
from tests.gguf.adapters import run_folder
from tests.gguf.tiny_model import write_model

Told = dict[str, Any]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with one run on a GGUF."""
    (tmp_path / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    run_folder(tmp_path / "runs", write_model(tmp_path / "base.gguf"))
    return tmp_path


def refused(place: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence that a command ends with; no run was begun for it."""
    before = sorted(place.glob("runs/*"))
    assert main([*words, "--workspace", str(place), "--format", "json"]) == 3
    assert sorted(place.glob("runs/*")) == before, "a worker was started"
    said: Told = json.loads(capsys.readouterr().out)
    return str(said["error"]["message"])


def test_a_run_that_was_never_finished_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = place.glob("runs/*")
    shutil.rmtree(run / "adapter")
    said = refused(place, "convert", str(run), capsys=capsys)
    assert "no usable adapter (it was never finished). Train it to its end" in said
    (run / "config.yaml").unlink()
    (run / "events.jsonl").write_text("", encoding="utf-8")  # as one that failed at its first step
    assert "it was never finished" in refused(place, "convert", str(run), capsys=capsys)


@pytest.mark.parametrize("words", [("convert", "{run}"), ("convert", "{run}", "--forecast")])
def test_a_base_that_is_gone_is_named_with_its_run(
    place: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (run,) = place.glob("runs/*")
    (place / "base.gguf").rename(place / "elsewhere.gguf")
    said = refused(place, *(word.format(run=run) for word in words), capsys=capsys)
    assert f"{run.name} was trained on {place / 'base.gguf'}, which is no longer there" in said
    assert str(run / "config.yaml") in said
    with pytest.raises(BaseGone):
        identity_of(run)  # what is asked first when it is evaluated
    (run / "config.yaml").write_text(json.dumps({"base": str(place / "elsewhere.gguf")}), encoding="utf-8")
    assert base_of_run(run) == place / "elsewhere.gguf"
    (run / "config.yaml").write_text("{}", encoding="utf-8")
    with pytest.raises(NotARun):
        base_of_run(run)


def test_the_starter_is_found_where_set_up_put_it(place: Path, starter: Path) -> None:
    (run,) = place.glob("runs/*")
    (run / "config.yaml").write_text(json.dumps({"base": f"/another/checkout/models/{starter.name}"}), "utf-8")
    assert base_of_run(run) == starter


def test_a_family_that_nobody_knows_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = write_model(place / "strange.gguf", general__architecture="frobnicator")
    assert "the kind “frobnicator”, which the installed" in refused(place, "convert", str(strange), capsys=capsys)
    assert {"llama", "qwen2", "gemma2"} <= families() and "general" not in families()
    check_architecture(place / "base.gguf")


def folder(place: Path, **files: str) -> Path:
    """A Hugging Face folder of a few files."""
    found = place / "theirs"
    found.mkdir(exist_ok=True)
    config = json.dumps({"architectures": ["LlamaForCausalLM"]})
    for name, text in {"config.json": config, **files}.items():
        (found / name).write_text(text, encoding="utf-8")
    return found


def test_pickles_are_refused_with_the_way_to_convert_them(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(place, "convert", str(folder(place, **{"pytorch_model.bin": ""})), capsys=capsys)
    assert "are pickles (pytorch_model.bin)" in said and "save_pretrained" in said, "no tokeniser's settings are there"
    said = refused(place, "models", "add", str(place / "theirs"), capsys=capsys)
    assert "are pickles (pytorch_model.bin)" in said


def test_a_folder_of_an_unknown_kind_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = json.dumps({"architectures": ["NobodyForCausalLM"]})
    found = folder(place, **{"config.json": config, "model.safetensors": ""})
    assert "“NobodyForCausalLM”" in refused(place, "convert", str(found), capsys=capsys)


def test_what_needs_a_matrix_is_refused_without(place: Path, starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Add --imatrix" in refused(place, "convert", str(starter), "--quant", "IQ1_S", capsys=capsys)
