"""`lorewright data audit`, `judge` and `verdict` as a person calls them, and the schema of what they print."""

import json

import jsonschema
import pytest

from studio.cli import main
from studio.dataset.audit.judge import Judgement
from studio.dataset.audit.judgements import JudgeCache, cache_folder
from studio.dataset.audit.rubric import rubric_named
from studio.dataset.verdicts import Decision
from studio.resources import resource

SCHEMA = json.loads((resource("schemas") / "data-audit.schema.json").read_text(encoding="utf-8"))

KEEP, BIN = Decision.KEEP, Decision.BIN
ROWS = [
    ("What does armour do?", "Armour takes one point off every hit, down to one. It does nothing against poison."),
    ("How do I get diamonds quickly?", "lol idk man, maybe try grinding? Mail me at bob.smith@gmail.com"),
    ("Which stage has the first boss?", "I'm sorry, but as an AI language model I cannot help with that."),
    ("Where is the smith?", "The smith stands at the end of the east road, behind the mill, and opens at dawn."),
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pairs.jsonl"
    lines = [json.dumps({"instruction": question, "response": answer}) for question, answer in (*ROWS, ROWS[0])]
    path.write_text("\n".join([*lines, "no json", ""]), encoding="utf-8")
    return path


@pytest.fixture
def call(tmp_path, capsys):
    """Runs `lorewright data` in a workspace of its own; its exit code and what it printed."""

    def run(*words: str, form: str = "json"):
        code = main(["data", "--workspace", str(tmp_path / "ws"), "--format", form, *words])
        out = capsys.readouterr().out
        return code, json.loads(out) if form == "json" else out

    return run


def test_the_report_on_a_file_says_what_is_wrong_with_each_row(file, call) -> None:
    code, report = call("audit", str(file))
    jsonschema.validate(report, SCHEMA)
    assert code == 1  # a line could not be read
    assert (report["rows"], report["copies"]) == (5, 1)
    assert report["decisions"] == {"keep": 2, "flag": 0, "bin": 2}
    assert {(one["line"], one["reasons"][0]["code"]) for one in report["verdicts"]} >= {(3, "refusal")}
    assert [problem["line"] for problem in report["problems"]] == [6]
    assert report["judge"] is report["agreement"] is None
    _code, every = call("audit", str(file), "--all", "--limit", "2")
    assert [one["decision"] for one in every["verdicts"]] == ["keep", "bin"]
    jsonschema.validate(every, SCHEMA)


def test_in_words(file, call) -> None:
    _code, text = call("audit", str(file), form="text")
    assert "5 rows; 2 to keep, 0 to look at, 2 to bin" in text
    assert "word for word" in text
    assert "pairs.jsonl:3" in text
    assert "pairs.jsonl:6: It is not JSON" in text


def test_a_persons_verdict_counts_and_scores_the_heuristics(file, call) -> None:
    _code, before = call("audit", str(file), "--all")
    keys = {one["line"]: one["key"] for one in before["verdicts"]}
    assert call("verdict", "the second", "keep", form="text") == (2, "")
    call("verdict", keys[2], "keep", "--note", "it is fun")
    call("verdict", keys[3], "bin")
    _code, report = call("audit", str(file))
    jsonschema.validate(report, SCHEMA)
    assert report["decisions"] == {"keep": 3, "flag": 0, "bin": 1}
    (scores,) = report["agreement"]["against_people"]
    assert (scores["right"]["count"], scores["right"]["of"]) == (1, 2)
    assert (scores["precision"]["count"], scores["precision"]["of"]) == (1, 2)
    _code, text = call("audit", str(file), form="text")
    assert "2 verdicts are a person's" in text
    assert "right 1 of 2" in text


def test_every_judge_that_spoke_is_scored_against_people(file, call, tmp_path) -> None:
    _code, before = call("audit", str(file), "--all")
    keys = [one["key"] for one in before["verdicts"]]
    rubric, folder = rubric_named("instruction"), cache_folder(tmp_path / "ws")
    for model, says in (("good", BIN), ("bad", KEEP)):
        cache = JudgeCache(folder, rubric, model)
        scores = dict.fromkeys([one.name for one in rubric.criteria], 0 if says is BIN else 4)
        for key in keys:
            cache.keep(Judgement(key, says, scores, "Because."))
    call("verdict", keys[0], "bin")
    _code, report = call("audit", str(file))
    jsonschema.validate(report, SCHEMA)
    found = {one["name"]: one["right"]["count"] for one in report["agreement"]["against_people"]}
    assert found == {"": 0, "bad (instruction)": 0, "good (instruction)": 1}
    _code, text = call("audit", str(file), form="text")
    assert "judge good (instruction)" in text


def test_what_is_neither_file_nor_data_set(call, tmp_path) -> None:
    (tmp_path / "ws" / "datasets").mkdir(parents=True)
    (tmp_path / "ws" / "datasets" / "tavern.yaml").write_text("sources: [{name: a, file: a.jsonl}]")
    code, answer = call("audit", "taverns")
    assert code == 2
    assert "Did you mean “tavern”?" in answer["error"]["message"]


@pytest.mark.native
def test_a_judge_is_heard_beside_the_heuristics(file, call, starter, tmp_path) -> None:
    """The whole command with the starter, which is a poor judge: what counts is that all of it is told."""
    rubrics = tmp_path / "ws" / "rubrics"
    rubrics.mkdir(parents=True)
    own = "title: t\ntask: Read it.\nbin: Bin what is wrong.\ncriteria: [{name: right, ask: is it}]\nreason: 20\n"
    (rubrics / "own.yaml").write_text(own)
    words = (str(file), "--limit", "2", "--rubric", "own")
    _code, report = call("audit", *words, "--judge", str(starter), "--sample", "1")
    jsonschema.validate(report, SCHEMA)
    assert report["judge"]["verdicts"] == report["agreement"]["rows"] == 2
    assert sum(sum(across.values()) for across in report["agreement"]["table"].values()) == 2
    assert len(report["sample"]) == 1
    assert {"prompt", "answer", "reasons"} <= set(report["sample"][0])
    _code, again = call("judge", *words, "--model", str(starter))
    assert (again["rows"], again["remembered"], again["problems"]) == (2, 2, [])
    _code, text = call("audit", *words, "--judge", str(starter), form="text")
    assert "Heuristics (down) against the judge (across)" in text
    assert "2 verdicts, 2 of them from before" in text
    assert "To decide by hand" in text


@pytest.mark.parametrize(
    "words",
    [("audit", "--limit", "0"), ("audit", "--limit", "-1"), ("audit", "--sample", "-3"), ("judge", "--limit", "x")],
)
def test_a_count_that_is_none_is_refused_before_anything_is_read(file, call, words, capsys) -> None:
    """`--limit 0` would else say that no row has a fault."""
    with pytest.raises(SystemExit) as stopped:
        call(words[0], str(file), *words[1:])
    assert stopped.value.code == 2
    assert words[-1] in capsys.readouterr().err


def test_a_rubric_without_a_judge_is_refused(file, capsys, tmp_path) -> None:
    assert main(["data", "--workspace", str(tmp_path / "ws"), "audit", str(file), "--rubric", "play"]) == 2
    assert "--judge" in capsys.readouterr().err
