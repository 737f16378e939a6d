"""`train`, `convert`, `play`, `evaluate`, `demo` and `runs`: what they answer where nothing can come of it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.cli import main
from studio.cli.convert import said
from studio.cli.demo import Teller
from studio.jobs.runs import CONFIG, EVENTS, SILENCE

SCENARIO = "<SYSTEM>\n# Role\nYou lead.\n</SYSTEM>\n\n<User>I look.</User>\n\n<DM>It is dark.</DM>\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one thing of each kind that is of no use to these words."""
    (tmp_path / "good.md").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "turns.md").write_text("<User>I look.</User>\n", encoding="utf-8")
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe")
    (tmp_path / "bare").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("train nowhere", 2, "There is no file or folder at"),
        ("train bare", 3, "no scenario in"),
        ("train good.md --base nowhere.gguf", 2, "There is no file or folder at"),
        ("train good.md --minutes=-3", 3, "max_minutes"),
        ("train good.md --set learning_rate", 2, "KEY=VALUE"),
        ("train good.md --set learning_rte=0.1", 3, "learning_rate"),
        ("train good.md --dataset tavern", 2, "not both"),
        ("convert nowhere", 2, "no run is called “nowhere” here. Name a run"),
        ("convert", 3, "Nothing was trained"),
        ("play model.gguf --scenario nowhere.md", 2, "There is no file or folder at"),
        ("play model.gguf --scenario bare", 3, "is a folder"),
        ("play model.gguf --scenario bytes.md", 3, "UTF-8"),
        ("play model.gguf --scenario turns.md", 3, "no SYSTEM block"),
        ("evaluate model.gguf --scenarios nowhere", 2, "There is no file or folder at"),
        ("evaluate good.gguf --scenarios bare", 2, "There is no file or folder at"),
        ("demo --minutes 0", 3, "max_minutes"),
        ("runs --workspace nowhere", 2, "There is no file or folder at"),
        ("runs --workspace good.md", 2, "There is no file or folder at"),
    ],
)
def test_each_answers_in_a_sentence_with_its_code_and_leaves_no_run(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, code: int, said: str
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place / "home"))
    given = [*words.split(), *(["--workspace", "work"] if words.startswith(("train", "convert")) else [])]
    assert main([*given, "--format", "json"]) == code
    printed = capsys.readouterr()
    assert said in printed.err and printed.err.count("\n") == 1
    assert said in json.loads(printed.out)["error"]["message"]
    assert not list(place.glob("work/runs/*"))


@pytest.mark.parametrize("given", ["-1", "nan", "inf", "warm"])
def test_a_temperature_is_a_number_from_zero(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "model.gguf", f"--temperature={given}"]) == 2
    assert "no temperature" in capsys.readouterr().err


def test_json_is_json_whatever_the_terminal_can_show() -> None:
    words = [sys.executable, "-m", "studio", "parse", "nopé.md", "--format", "json"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert "nopé.md" in json.loads(done.stdout.decode("utf-8"))["error"]["message"]


def test_a_file_called_json_asks_for_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", "json"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("ago", "status"), [(1.0, "running"), (SILENCE + 60, "interrupted")])
def test_a_run_whose_worker_went_silent_is_not_told_as_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ago: float, status: str
) -> None:
    folder = tmp_path / "runs" / "2026-11-21-tavern-train"
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text("name: tavern\n", encoding="utf-8")
    event = {"at": time.time() - ago, "event": "phase", "name": "base"}
    (folder / EVENTS).write_text(json.dumps(event) + "\n", encoding="utf-8")
    assert main(["runs", "--workspace", str(tmp_path), "--format", "json"]) == 0
    assert [row["status"] for row in json.loads(capsys.readouterr().out)] == [status]


def test_a_part_of_the_work_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert said({"event": "phase", "name": "merge"}) == "[Merge the adapter into the model]"
    tell = Teller()
    tell("convert", {"event": "phase", "name": "compare"})
    tell("train", {"event": "phase", "name": "data"})
    assert capsys.readouterr().err == "  Load the result and compare it\n  Reading the scenarios\n"
