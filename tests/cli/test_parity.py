"""The word `parity`: who is meant, what is shown, and what it says where nothing can be measured."""

import json
from pathlib import Path

import pytest

from studio.cli import main
from studio.cli.parity import said, text_of
from studio.errors import from_event
from studio.evaluation.parity import (
    ALL,
    TRAINED_ON,
    Calls,
    Measured,
    Nearness,
    ParityReport,
    ParityStep,
    Reply,
    TokenDifference,
    judged,
)

NEAR = Nearness(6138, 0.9991, 0.0004)


def step(name: str, measured: Measured) -> ParityStep:
    return ParityStep(name, "plain", "merged", measured, judged("plain", measured, 2245))


def test_the_table_shows_every_step_and_the_lines_what_differs() -> None:
    reply = Reply("The Weir", 3, "I jump.", "[roll: athletics]", "You jump.\n\n[roll: athletics]", "You fall.")
    calls = Calls(132, 0.45, 0.52, 0.07, 0.01, 0.12, differs=reply, shown=reply)
    good = Measured(ids=True, near={ALL: NEAR, TRAINED_ON: NEAR}, calls=calls)
    parted = TokenDifference("held.md", 3, ((1, "<s>"), (9, "weir")), ((1, "<s>"), (8, "wei"), (7, "r")))
    bad = Measured(ids=False, difference=parted, near={ALL: NEAR, TRAINED_ON: NEAR})
    lines = text_of(ParityReport("weir", "run", "now", 6, 6138, 2245, (step("merged", good), step("F16", bad))))
    text = "\n".join(lines)
    assert "6138 tokens of 6 held-out talks, 2245 of them" in lines[0]
    for words in ("0.9991", "0.00040", "45.0%", "+7.0 (+1.0 … +12.0)", "The Weir, turn 3: I jump.", "after: You fall."):
        assert words in text, words
    assert "found: 1:'<s>' 8:'wei' 7:'r'" in text
    assert "F16 does not hold: it reads “held.md” as other tokens from token 3 on." in text
    assert lines[-1] == "The chain does not hold. Don't publish this model."


def test_news_name_the_part_and_the_step() -> None:
    assert said({"event": "phase", "name": "files", "file": "Q4_K_M"}) == "[Read them with Q4_K_M]"
    assert said({"event": "step", "step": {"name": "F16", "passed": False}}) == "F16: fails"
    assert said({"event": "progress", "fraction": 0.5}) is None


@pytest.mark.parametrize(
    ("made", "exit_code", "words"),
    [(False, 2, "called “weir” here. Name a run that was converted"), (True, 3, "lorewright convert")],
)
def test_what_cannot_be_measured_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: bool, exit_code: int, words: str
) -> None:
    (tmp_path / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    if made:
        (tmp_path / "runs" / "weir").mkdir(parents=True)
    assert main(["parity", "weir", "--workspace", str(tmp_path), "--format", "json"]) == exit_code
    told = capsys.readouterr()
    assert words in told.err
    assert "error" in json.loads(told.out)


def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("none", encoding="utf-8")
    assert main(["parity", str(tmp_path / "notes.txt"), "--workspace", str(tmp_path)]) == 3
    assert "notes.txt is not a GGUF model (its name does not end with .gguf)" in capsys.readouterr().err


def test_every_error_of_the_worker_is_known_to_who_follows_it() -> None:
    for code in ("NoCard", "NothingToCompare", "MemoryTooSmall", "ConverterFailed", "OtherBase", "AdapterRefused",
                 "BaseUnsound", "ModelNotLoaded"):  # fmt: skip
        assert type(from_event(code, {})).__name__ == code
