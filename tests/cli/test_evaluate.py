"""`lorewright evaluate`: what it prints, its exit codes, and what it keeps."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.files import sha256_of
from studio.inference import opening
from studio.publishing import named_models
from studio.resources import resource
from tests.evaluation.plays import Scripted, as_written, workspace


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace; a model `good` answers as its scenario does, any other says nothing."""
    root = workspace(tmp_path)

    async def opener(model: str, **_options: object) -> Scripted:
        script = as_written if Path(model).stem == "good" else (lambda last, opening: "Nothing.")
        engine = Scripted(script, Path(model).stem)
        engine.card = replace(engine.card, identity=sha256_of(Path(model)))
        return engine

    monkeypatch.setattr(named_models, "open_engine", opener)
    for name in ("good", "bad"):
        (root / "models" / name).mkdir(parents=True)
        (root / "models" / name / f"{name}.gguf").write_bytes(b"GGUF" + name.encode())
    return root


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_it_reads_from_the_sentences_to_the_figures(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "good", "--workspace", str(place), "--base", str(place / "lorewright.yaml")]) == 0
    lines = _lines(capsys)
    assert lines[0].startswith("Tool calls on the held-out scenarios · 2 cases · version ")
    text = "\n".join(lines)
    starts = ("What it does well", "Where it fails", "What to write next", "Tool calls  ", "player's lines answered")
    places = [text.index(start) for start in starts]
    assert places == sorted(places)
    assert "base: its base with instructions, five examples and the grammar of calls" in text
    assert "keyword: a keyword rule" in text
    assert "p 1.000" in text
    assert max(map(len, lines[:-1])) <= 110


def test_a_broken_limit_is_exit_1_with_a_sentence(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gate = place / "gate.yaml"
    gate.write_text("limits: [{figure: tool-calls/f1, at_least: 0.9}]\n", encoding="utf-8")
    words = ["--workspace", str(place), "--gate", str(gate), "--no-rivals"]
    assert main(["evaluate", "good", *words]) == 0
    assert "kept    tool-calls/f1 is 1.000" in capsys.readouterr().out
    assert main(["evaluate", "bad", *words, "--cases"]) == 1
    text = capsys.readouterr().out
    assert "BROKEN  tool-calls/f1 is 0.000" in text and "wanted is at least 0.9." in text
    assert "expected  [roll: stealth] → [condition: wren hidden]" in text


def test_json_keeps_to_its_schema_and_progress_goes_to_stderr(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "good", "bad", "--workspace", str(place), "--format", "json"]
    assert main(words) == 0
    told = capsys.readouterr()
    value = json.loads(told.out)
    jsonschema.validate(value, json.loads(resource("schemas/evaluate.schema.json").read_text("utf-8")))
    assert "good: tool-calls" in told.err
    assert [model["name"] for model in value["models"]] == ["good", "bad"]
    assert len(value["between"]) == 1


def test_suites_are_listed_and_made(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--make", "mine", "--workspace", str(place)]) == 0
    assert (place / "suites" / "mine.yaml").is_file()
    (place / "suites" / "broken.yaml").write_text("parts: 3", encoding="utf-8")
    capsys.readouterr()
    assert main(["evaluate", "--suites", "--workspace", str(place)]) == 0
    text = capsys.readouterr().out
    assert "mine" in text and "tool-calls" in text and "broken.yaml cannot be used" in text
    assert main(["evaluate", "good", "--suite", "mine", "--workspace", str(place)]) == 1
    assert "tool-calls was not measured beside “base”." in capsys.readouterr().out


def test_kept_results_are_listed_and_compared(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "good", "bad", "--workspace", str(place)]) == 0
    capsys.readouterr()
    assert main(["evaluate", "--results", "--workspace", str(place)]) == 0
    text = capsys.readouterr().out
    assert "good" in text and "bad" in text and "commonest" in text and "100%" in text
    assert main(["evaluate", "--compare", "good", "bad", "--workspace", str(place)]) == 0
    text = capsys.readouterr().out
    assert "+100.0 points" in text and "the first case that differs: scenarios/combat/held.md#0" in text
    assert main(["evaluate", "--compare", "good", "goop", "--workspace", str(place)]) == 2
    assert "Did you mean “good”?" in capsys.readouterr().err


def test_lists_and_comparisons_keep_to_their_schemas(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "good", "bad", "--workspace", str(place)]) == 0
    capsys.readouterr()
    asked = {"suites": ["--suites"], "kept": ["--results"], "compare": ["--compare", "good", "bad"]}
    for name, words in asked.items():
        assert main(["evaluate", *words, "--workspace", str(place), "--format", "json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told
        jsonschema.validate(told, json.loads(resource(f"schemas/evaluate-{name}.schema.json").read_text("utf-8")))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "Name a model to measure"),
        (["good", "--suite", "tool-cals"], 2, "Did you mean “tool-calls”?"),
        (["good", "--base", "/no/such.gguf"], 2, "/no/such.gguf"),
        (["no/such.gguf"], 2, "no/such.gguf"),
        (["goods"], 2, "goods"),
        (["good", "--gate", "/no/such.yaml"], 2, "/no/such.yaml"),
        (["good", "--scenarios", "/no/such"], 2, "/no/such"),
        (["--results", "--suites"], 2, "not allowed with"),
    ],
)
def test_wrong_usage_is_told(
    place: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *words, "--workspace", str(place)]) == code
    assert said in capsys.readouterr().err


def test_a_real_model_is_measured_in_its_own_process(
    tmp_path: Path, starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The starter, the shipped worker and the grammar: nothing but the suite is made small."""
    root = workspace(tmp_path)
    (root / "suites").mkdir()
    text = "parts: [{kind: tool-calls, scenarios: [scenarios/combat/held.md], tokens: 8}]\n"
    (root / "suites" / "short.yaml").write_text(text, encoding="utf-8")
    assert named_models.open_engine is opening.open_engine
    words = ["evaluate", str(starter), "--suite", "short", "--base", str(starter), "--workspace", str(root)]
    assert main([*words, "--format", "json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert {rival["rival"] for rival in first["rivals"]} == {"base", "keyword", "commonest"}
    assert first["models"][0]["kind"] == "gguf" and len(first["models"][0]["model"]) == 64
    assert main([*words, "--format", "json"]) == 0
    again = capsys.readouterr()
    assert json.loads(again.out) == first
    assert again.err == "", "nothing is measured twice"
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "Where it can be played" in text and "Phone" in text and "MB, forecast" in text and "not measured" in text


def test_a_page_is_printed_and_refused_where_nothing_is_measured(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "good", "--workspace", str(place), "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n") and "<svg" in page
    for words in (["--suites"], ["--results"], ["good", "--leave-out"]):
        assert main(["evaluate", *words, "--workspace", str(place), "--format", "html"]) == 2
    assert main(["check", str(place), "--format", "html"]) == 2, "other commands have no pages"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["weir"], "no run is called “weir” here. Name a published name, a converted model, a run"),
        (["tavren"], "no run is called “tavren” here. Did you mean “tavern”?"),
        (["good", "bad"], "Leave the others out"),
        (["good", "--gate", "gate.yaml"], "takes no --gate"),
    ],
)
def test_leaving_out_is_refused_before_anything_is_trained(
    place: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "models" / "tavern").mkdir(parents=True)
    assert main(["evaluate", *words, "--leave-out", "--workspace", str(place)]) == 2
    assert told in capsys.readouterr().err
