"""`lorewright train` with a file of settings, profiles, --set, --save and --resume, up to the worker's door."""

import argparse
import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path

import pytest
import yaml

from studio.cli import main
from studio.cli.train import _ended
from studio.cli.train_news import said
from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG, Run
from studio.training.supervising import SupervisedJob


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Fields]:
    """What the worker would be asked; it is not started."""
    found: list[Fields] = []

    def followed(started: Coroutine[None, None, SupervisedJob], _told: object) -> Run:
        job = asyncio.run(started)
        found.append(job.fields)
        report = {"steps": 1, "seconds": 1, "first_loss": 1, "last_loss": 1}
        (job.run.path / "report.json").write_text(json.dumps(report), encoding="utf-8")
        (job.run.path / "config.yaml").write_text("base: starter\n", encoding="utf-8")
        return job.run

    monkeypatch.setattr("studio.cli.train.followed", followed)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ws" / "scenarios").mkdir(parents=True)
    (tmp_path / "ws" / "scenarios" / "a.md").write_text("x", encoding="utf-8")
    return found


def test_an_early_end_and_the_step_of_the_adapter_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = {"steps": 5, "seconds": 9, "first_loss": 3, "last_loss": 2, "stopped_early": True, "adapter_step": 3}
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    (tmp_path / "config.yaml").write_text("base: starter\n", encoding="utf-8")
    assert _ended(argparse.Namespace(format="text"), Run(tmp_path)) == 0
    said_then = capsys.readouterr().out
    assert "ended early" in said_then and "that of step 3" in said_then
    (tmp_path / "report.json").write_text(json.dumps({**report, "stopped_early": False, "adapter_step": 5}))
    assert _ended(argparse.Namespace(format="text"), Run(tmp_path)) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(said_then.splitlines()) - 2


def test_file_options_and_single_settings_stand_over_each_other(asked: list[Fields], tmp_path: Path) -> None:
    text = "lora_rank: 8\nepochs: 3\nlearning_rate: 2e-4\nmax_minutes: null  # as long as it takes\n"
    (tmp_path / "tavern.yaml").write_text(text, encoding="utf-8")
    words = ["train", "tavern.yaml", "--workspace", "ws", "--set", "lora.rank=4", "--set", "epochs=2"]
    assert main(words) == 0
    config = asked[0]["config"]
    assert isinstance(config, dict)
    assert (config["name"], config["epochs"], config["learning_rate"]) == ("tavern", 2, 2e-4)
    assert config["lora"]["rank"] == 4 and config["max_minutes"] is None
    assert config["scenarios"] == [str(tmp_path / "ws" / "scenarios" / "a.md")]
    assert (tmp_path / "tavern.yaml").read_text(encoding="utf-8") == text


def test_settings_are_saved_with_the_notes_and_nothing_is_started(
    asked: list[Fields], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.yaml"
    assert main(["train", "--profile", "cpu-starter", "--set", "lora.rank=8", "--save", "own.yaml"]) == 0
    assert main(["train", "own.yaml", "--set", "epochs=0", "--save"]) == 3
    assert "epochs: 0 can't be used" in capsys.readouterr().err
    assert main(["train", "own.yaml", "--set", "epochs=2", "--save", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"settings": str(own)}
    text = own.read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    assert values["lora"]["rank"] == 8 and values["epochs"] == 2 and "#" in text
    assert not asked
    assert main(["train", "--save"]) == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("train own.yml", 2, "no file or folder at own.yml"),
        ("train a.yaml b.yaml", 2, "one file of settings"),
        ("train --profile vram-4bg", 2, "no training profile"),
        ("train --resume tavrn", 2, "Did you mean “tavern”"),
        ("train --resume tavern --set epochs=3 --minutes 4", 2, "leave out --minutes, --set"),
        ("train --resume tavern", 3, "none of its checkpoints is whole"),
        ("train --resume tavern --step 7", 3, "step-000007"),
        ("train --step 7", 2, "--set steps=N"),
    ],
)
def test_what_cannot_be_is_told_before_a_worker_starts(
    asked: list[Fields], capsys: pytest.CaptureFixture[str], tmp_path: Path, words: str, code: int, said: str
) -> None:
    run = tmp_path / "ws" / "runs" / "tavern"
    run.mkdir(parents=True)
    (run / CONFIG).write_text("epochs: 3\n", encoding="utf-8")
    assert main([*words.split(), "--workspace", "ws"]) == code
    assert said in capsys.readouterr().err
    assert not asked


def test_what_happens_on_the_way_is_told_in_a_line_each() -> None:
    over = {"checkpoint": "step-000012", "file": "state.json"}
    news: list[tuple[Fields, str]] = [
        ({"event": "forecast", "total": 2e9, "room": 3e9, "device": "CPU", "changes": ["batch_size is 1."]},
         "memory: forecast 1.86 GB of 2.79 GB free on CPU\n  batch_size is 1."),
        ({"event": "memory", "step": 3, "batch_size": 2}, "step 3 did not fit: made again with 2 examples at once"),
        ({"event": "card_fails", "card": "RTX", "reason": "no kernel"}, "RTX gave up (no kernel); the CPU goes on"),
        ({"event": "resumed", "step": 9, "of": 20, "passed_over": [over]},
         "going on after step 9 of 20\nstep-000012 was passed over: state.json is missing or damaged"),
        ({"event": "accuracy", "right": 3, "of": 8}, "right calls on held-out turns: 3 of 8"),
    ]  # fmt: skip
    for event, line in news:
        assert said(event) == line
    assert said({"event": "checkpoint"}) is None
