"""`lorewright runs` and `lorewright storage` at a terminal and as JSON: shown, compared, pinned, deleted, freed."""

import json
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.resources import resource
from studio.training.run_facts import CARD
from tests.training.test_run_facts import a_checkpoint, a_run


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs, of which one was converted; bins of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    runs = tmp_path / "ws" / "runs"
    a_checkpoint(a_run(runs, "tavern-train", [3.0 - n / 20 for n in range(40)], epochs=2), 40)
    a_run(runs, "river-train", [2.0] * 20)
    (tmp_path / "ws" / "models" / "tavern").mkdir(parents=True)
    card = json.dumps({"source": str(runs / "tavern-train")})
    (tmp_path / "ws" / "models" / "tavern" / CARD).write_text(card, encoding="utf-8")
    return tmp_path / "ws"


def said(capsys: pytest.CaptureFixture[str], workspace: Path, words: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    code = main([*words.split(), "--workspace", str(workspace)])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def as_json(capsys: pytest.CaptureFixture[str], workspace: Path, words: str, schema: str) -> dict[str, object]:
    """What was printed, held against its schema."""
    code, text = said(capsys, workspace, f"{words} --format json")
    assert code == 0
    value = json.loads(text)
    jsonschema.validate(value, json.loads(resource(f"schemas/{schema}.schema.json").read_text(encoding="utf-8")))
    return value  # type: ignore[no-any-return]


def test_a_run_is_shown_and_runs_are_compared(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, workspace, "runs show tavern")
    assert code == 0
    facts = ("tavern-train: done, step 40 of 40", "epochs: 2.0 (profile: 8.0)", "checkpoint 40", "best", "(+5%)",
             "batch_size is 1.", "converted: tavern")  # fmt: skip
    for fact in facts:
        assert fact in text
    code, text = said(capsys, workspace, "runs compare tavern river")
    assert code == 0 and "epochs" in text and "loss up to step 20" in text and "tokens/s" in text
    compared = as_json(capsys, workspace, "runs compare tavern-train river-train", "runs-compare")
    assert compared["settings"]["epochs"] == [2.0, 8.0]  # type: ignore[index]
    shown = as_json(capsys, workspace, "runs show tavern", "runs-show")
    assert shown["checkpoints"][0]["step"] == 40  # type: ignore[index]
    assert len(as_json(capsys, workspace, "runs", "runs-list")) == 2


def test_what_a_run_ended_in_is_a_sentence(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = workspace / "runs" / "river-train" / "events.jsonl"
    for code, told in (("NoSuchDevice", "This machine cannot train on cuda."), ("Newer", "it ended with Newer")):
        with journal.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"event": "failed", "code": code, "fields": {"device": "cuda"}}) + "\n")
        assert told in said(capsys, workspace, "runs show river")[1]


def test_a_checkpoint_is_pinned_by_its_step(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pinned = workspace / "runs" / "tavern-train" / "checkpoints" / "step-000040" / "pinned"
    assert said(capsys, workspace, "runs pin tavern 40")[0] == 0 and pinned.is_file()
    assert "pinned" in said(capsys, workspace, "runs show tavern")[1]
    assert said(capsys, workspace, "runs unpin tavern 000040")[0] == 0 and not pinned.exists()
    code, text = said(capsys, workspace, "runs pin tavern 41")
    assert code == 2 and "there is: 40" in text


def test_deleting_asks_and_says_what_stays(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, workspace, "runs delete tavern")
    assert code == 2 and "stays: tavern" in text and "--yes" in text and (workspace / "runs" / "tavern-train").is_dir()
    code, text = said(capsys, workspace, "runs delete tavern --yes --format json")
    lies = json.loads(text)["deleted"][0]["lies_in"]
    assert code == 0 and Path(lies).is_dir() and not (workspace / "runs" / "tavern-train").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("runs shwo tavern", "Did you mean “show”"),
        ("runs show", "Name the run"),
        ("runs compare tavern", "Name two runs"),
        ("runs show train", "Say which: "),
        ("runs show mill", "There is no run “mill”"),
        ("storage --free model:tavrn", "Did you mean “model:tavern”"),
    ],
)
def test_what_is_not_there_is_told(workspace: Path, capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
    code, text = said(capsys, workspace, words)
    assert code == 2 and told in text


def test_room_is_listed_and_given_back(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, workspace, "storage")
    assert code == 0 and "run:tavern-train" in text and "safe to free" in text
    listed = as_json(capsys, workspace, "storage", "storage")["items"]
    items = {one["key"]: one for one in listed}  # type: ignore[attr-defined]
    assert items["checkpoints:tavern-train"]["safe"] is True and items["run:tavern-train"]["safe"] is False
    assert said(capsys, workspace, "storage --free model:tavern")[0] == 2
    code, text = said(capsys, workspace, "storage --free-safe --yes --format json")
    assert code == 0
    assert {one["key"] for one in json.loads(text)["freed"]} == {"checkpoints:tavern-train", "model:tavern"}
    assert (workspace / "runs" / "tavern-train" / "config.yaml").is_file()
    assert not (workspace / "models" / "tavern").exists()


def test_a_name_is_the_training_s_before_that_of_what_was_made_of_it(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_run(workspace / "runs", "tavern-convert", [])
    code, text = said(capsys, workspace, "runs show tavern")
    assert code == 0 and "tavern-train: done" in text
    a_run(workspace / "runs", "tavern-train-2", [1.0])
    code, text = said(capsys, workspace, "runs show tavern")
    assert code == 2 and "tavern-train-2" in text


def test_under_a_launcher_a_run_goes_on_with_as_many_processes_or_not_at_all(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "3", "MASTER_ADDR": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    a_run(workspace / "runs", "shared-train", [1.0], ended="cancelled", processes=2, gradient_accumulation_steps=2)
    code, text = said(capsys, workspace, "train --resume shared")
    assert code == 2 and "by 2 at once" in text and "started 3" in text
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert "at once" not in said(capsys, workspace, "train --resume shared")[1]
