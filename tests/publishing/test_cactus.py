"""What is said of Cactus: only what the folder's files tell, and never that anything was loaded."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from studio.publishing.cactus import cactus_report, cactus_tools
from studio.publishing.candidate import Candidate
from studio.publishing.grammar import schemas
from studio.scenario.tools import ToolTable
from studio.scenario.vocabulary import Vocabulary


def folder(place: Path, **config: object) -> Candidate:
    usual = {"model_type": "qwen3", "hidden_size": 1024, "intermediate_size": 3072}
    (place / "config.json").write_text(json.dumps({**usual, **config}))
    (place / "tokenizer.json").write_text("{}")
    (place / "tokenizer_config.json").write_text('{"chat_template": "x"}')
    return Candidate(place / "m.gguf", None, None, place, "Q4_K_M", place, "base", "")


def states(candidate: Candidate) -> dict[str, str]:
    return {row.what: row.state for row in cactus_report(candidate).rows}


def test_a_fitting_folder_gets_a_command(tmp_path: Path) -> None:
    report = cactus_report(folder(tmp_path))
    assert states(folder(tmp_path)) == {"family": "ok", "widths": "ok", "files": "ok", "size": "unknown"}
    assert report.command == f"cactus convert {tmp_path.name} OUT"
    assert report.as_json()["loaded_here"] is False


def test_what_does_not_fit_is_told_and_gets_none(tmp_path: Path) -> None:
    narrow = folder(tmp_path, model_type="llama", hidden_size=576)
    assert states(narrow) == {"family": "warning", "widths": "wrong", "files": "ok", "size": "unknown"}
    assert cactus_report(narrow).command == ""
    (tmp_path / "tokenizer.json").unlink()
    assert states(folder(tmp_path))["files"] == "ok"
    (tmp_path / "tokenizer_config.json").write_text("{}")
    assert states(replace(narrow))["files"] == "wrong"


@pytest.mark.parametrize("text", ["", "[", "[]", "[" * 100_000])
def test_a_folder_that_says_nothing_never_raises(tmp_path: Path, text: str) -> None:
    candidate = folder(tmp_path)
    (tmp_path / "config.json").write_text(text)
    assert states(candidate) == {"format": "wrong"}
    assert states(replace(candidate, base=None)) == {"format": "wrong"}


def test_calls_are_mapped_to_functions() -> None:
    told = cactus_tools(schemas(ToolTable.shipped(), Vocabulary.shipped()))
    names = {row["function"]["name"] for row in told["tools"]}
    assert {"roll", "level_up", "begin_combat"} <= names
    example = next(row for row in told["examples"] if row["written"].startswith("[damage"))
    (call,) = example["function_calls"]
    assert (call["name"], call["arguments"]["number"]) == ("damage", 6)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cactus") is None, reason="cactus is not installed")
def test_cactus_itself_converts_the_folder(tiny_base: Path, tmp_path: Path) -> None:
    done = subprocess.run(["cactus", "convert", str(tiny_base), str(tmp_path / "out")], timeout=600, check=False)
    assert done.returncode == 0 and any((tmp_path / "out").iterdir())
