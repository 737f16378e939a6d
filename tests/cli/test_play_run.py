"""`lorewright play RUN`: what a run has learnt is played by the run's name, nothing is converted."""

import json
from pathlib import Path

import pytest

from studio.cli import main
from tests.gguf.adapters import run_folder
from tests.gguf.tiny_model import write_model

pytestmark = pytest.mark.native

SCENARIO = """---
player: Wren
---
<SYSTEM>
# Role
DM.

# Party

## Wren
- Health: 20/26
</SYSTEM>
"""


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The command in a workspace with one run, less the model."""
    run_folder(tmp_path / "runs", write_model(tmp_path / "base.gguf"))
    (tmp_path / "lorewright.yaml").write_text("", encoding="utf-8")
    (tmp_path / "s.md").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "lines.txt").write_text("I wade.\n", encoding="utf-8")
    paths = ["--scenario", str(tmp_path / "s.md"), "--script", str(tmp_path / "lines.txt")]
    return ["play", *paths, "--workspace", str(tmp_path), "--format", "json"]


def test_a_run_is_played_by_its_name(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "weir"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["model"] == "2026-01-01-weir-train"
    assert [turn["speaker"] for turn in told["turns"]] == ["User", "DM"]
    assert (tmp_path / "runs" / "2026-01-01-weir-train" / "adapter.gguf").is_file()
    assert not (tmp_path / "models").exists() or not list((tmp_path / "models").iterdir())


def test_no_such_run_and_a_run_on_a_folder_end_with_a_sentence(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
    config = tmp_path / "runs" / "2026-01-01-weir-train" / "config.yaml"
    config.write_text(json.dumps({"base": str(tmp_path)}), encoding="utf-8")
    assert main([*words, "weir"]) == 3
    assert "which is no GGUF" in capsys.readouterr().err
