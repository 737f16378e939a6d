"""What the parity gate asks of a step, what it shows, and that its report speaks of the very files it was made of."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from studio.evaluation.parity import (
    ALL,
    LEAST_POSITIONS,
    TRAINED_ON,
    Calls,
    Finding,
    Kind,
    Measured,
    Nearness,
    ParityReport,
    ParityStep,
    first_difference,
    judged,
)
from studio.evaluation.parity_calls import calls_between
from studio.evaluation.parity_errors import NotConverted
from studio.evaluation.parity_file import CARD, PARITY, NoParity, as_values, read_parity, write_parity
from studio.evaluation.parity_subject import model_folder
from studio.evaluation.parity_texts import cases_from, mark_of_cases, talks_of
from studio.evaluation.parity_words import HEAD, lines_of, rows_of
from studio.evaluation.toolcalls import Case
from studio.files import sha256_of
from studio.resources import resource
from studio.workspace.folder import Workspace

GOOD = Nearness(2400, 0.999, 0.0002)


def near(one: Nearness, told: Nearness | None = None) -> dict[str, Nearness]:
    return {ALL: one, TRAINED_ON: told or one}


def codes(kind: Kind, measured: Measured, positions: int = LEAST_POSITIONS) -> list[str]:
    return [finding.code for finding in judged(kind, measured, positions)]


def test_a_plain_step_needs_the_same_top_token_and_near_odds_at_both_kinds_of_positions() -> None:
    assert codes("plain", Measured(ids=True, near=near(Nearness(2400, 0.995, 0.001)))) == []
    assert codes("plain", Measured(ids=True, near=near(Nearness(2400, 0.9949, 0.001)))) == ["top1", "top1"]
    assert codes("plain", Measured(ids=True, near=near(GOOD, Nearness(900, 0.999, 0.0011)))) == ["divergence"]
    assert codes("plain", Measured(ids=True, near=near(replace(GOOD, divergence=float("nan"))))) == ["divergence"] * 2


def test_a_packed_step_may_cost_as_much_as_the_base_pays_and_a_fifth_more() -> None:
    base = near(Nearness(2400, 0.9, 0.05))
    assert codes("packed", Measured(ids=True, near=near(Nearness(2400, 0.5, 0.06)), base=base)) == []
    assert codes("packed", Measured(ids=True, near=near(Nearness(2400, 0.9, 0.0601)), base=base)) == ["ratio"]
    assert codes("packed", Measured(ids=True, near=near(GOOD), base=None)) == []  # what an F16 may cost, anything may
    assert codes("packed", Measured(ids=True, near=near(Nearness(2400, 0.9, 0.06)), base=None)) == ["ratio"]


def test_a_packed_step_is_judged_where_the_narrator_speaks() -> None:
    base = near(Nearness(2400, 0.9, 0.05))
    elsewhere = near(Nearness(2400, 0.9, 0.5), Nearness(900, 0.9, 0.05))
    assert codes("packed", Measured(ids=True, near=elsewhere, base=base)) == []
    here = near(Nearness(2400, 0.9, 0.05), Nearness(900, 0.9, 0.07))
    assert codes("packed", Measured(ids=True, near=here, base=base)) == ["ratio"]


def test_other_ids_too_few_tokens_and_trouble_fail_whatever_else_was_found() -> None:
    assert codes("plain", Measured(ids=False, near=near(GOOD))) == ["ids"]
    assert codes("plain", Measured(ids=True, near=near(GOOD)), LEAST_POSITIONS - 1) == ["few"]
    assert codes("plain", Measured(trouble=Finding("template", {"reason": "-"}))) == ["template"]
    assert codes("trained", Measured(ids=True, near=near(Nearness(2400, 0.98, 0.002)))) == []  # bf16 alone costs that


def test_fewer_right_calls_count_when_it_is_more_than_two_points_and_more_than_chance() -> None:
    def calls(drop: float, low: float) -> Measured:
        return Measured(ids=True, near=near(GOOD), calls=Calls(100, 0.5, 0.5 + drop, drop, low, drop + 0.02))

    assert codes("plain", calls(0.05, 0.01)) == ["calls"]
    assert codes("plain", calls(0.05, 0.0)) == []
    assert codes("plain", calls(0.02, 0.01)) == []
    assert codes("plain", calls(-0.05, -0.1)) == []
    assert codes("trained", calls(0.05, 0.01)) == ["calls"]


def test_where_ids_part_is_shown_with_what_stands_around() -> None:
    told = {n: f"w{n}" for n in range(20)}
    found = first_difference("text", range(12), [*range(8), 19, *range(9, 12)], told)
    assert found is not None
    assert found.at == 8
    assert found.expected[4] == (8, "w8") and found.found[4] == (19, "w19")
    assert found.expected[:4] == found.found[:4]
    cut = first_difference("text", range(12), range(5), told)
    assert cut is not None and cut.at == 5 and cut.expected[-1] == (9, "w9") and cut.found[-1] == (4, "w4")
    assert first_difference("text", range(5), range(5), told) is None


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """The cases of a few held-out samples."""
    return cases_from(talks_of({}), 20)


def test_calls_are_compared_case_by_case_and_the_first_that_differs_is_kept(cases: list[Case]) -> None:
    right = [case.reference for case in cases]
    due = next(place for place, case in enumerate(cases) if case.expected)
    other = [*right]
    other[due] = "Nothing happens."
    found = calls_between(cases, right, other)
    assert (found.cases, found.before, found.right) == (len(cases), 1.0, round(1 - 1 / len(cases), 4))
    assert found.drop == round(1 / len(cases), 4) and found.low <= found.drop <= found.high
    assert found.differs is not None and (found.differs.turn, found.differs.after) == (cases[due].turn, other[due])
    reworded = calls_between(cases, right, [f"{text} " for text in right])
    assert reworded.differs is None and reworded.shown is not None and reworded.drop == 0


def test_a_whole_scenario_is_answered_and_its_cases_have_a_name_of_their_own(cases: list[Case]) -> None:
    assert len(cases) >= 20
    whole = {case.scenario for case in cases}
    assert len(cases_from(talks_of({}), len(cases))) == len(cases)
    assert all(any(case.expected for case in cases if case.scenario == one) for one in whole)
    assert mark_of_cases(cases) != mark_of_cases(cases[1:])


def test_a_runs_own_held_out_talks_come_before_the_samples(tmp_path: Path, cases: list[Case]) -> None:
    from tests.workers.conftest import SCENARIO

    held = tmp_path / "held.md"
    held.write_text(SCENARIO.format(n=9, tag=", held-out"), encoding="utf-8")
    config = {"resolved": {"files": {"held_out": [str(held), str(tmp_path / "gone.md")]}}}
    talks = list(talks_of(config))
    assert talks[0].name == "held.md"
    assert len(talks) == 1 + len(list(talks_of({})))


# -- the report beside the files


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model's folder with two files and a report on them."""
    workspace = Workspace(tmp_path)
    folder = workspace.models / "weir"
    folder.mkdir(parents=True)
    run = workspace.runs / "2026-01-01-weir-train"
    run.mkdir(parents=True)
    (folder / CARD).write_text(json.dumps({"source": str(run), "files": []}), encoding="utf-8")
    steps = [ParityStep("merged", "merged", "trained", Measured(ids=True, near=near(GOOD)), (), note="original")]
    for kind, of in (("F16", "plain"), ("Q4_K_M", "packed")):
        file = folder / f"weir-{kind}.gguf"
        file.write_bytes(kind.encode())
        measured = Measured(ids=True, near=near(GOOD), base=near(GOOD), calls=Calls(9, 0.5, 0.6, 0.1, -0.1, 0.2))
        made: Kind = "plain" if of == "plain" else "packed"
        steps.append(ParityStep(kind, made, "merged", measured, (), file.name, sha256_of(file)))
    write_parity(folder, ParityReport("weir", str(run), "2026-01-01", 6, 2400, 2100, tuple(steps)))
    return folder


def test_a_report_comes_back_as_it_was_kept(model: Path) -> None:
    report = read_parity(model)
    assert report.passed
    values = json.loads(json.dumps(as_values(report)))
    jsonschema.validate(values, json.loads(resource("schemas/parity.schema.json").read_text("utf-8")))
    assert values == json.loads((model / PARITY).read_text(encoding="utf-8"))


def test_a_file_that_was_changed_since_has_no_parity_and_others_keep_theirs(model: Path) -> None:
    file = model / "weir-Q4_K_M.gguf"
    file.write_bytes(b"Q4_K_m")
    report = read_parity(model)
    assert not report.passed
    assert (report.holds("weir-F16.gguf"), report.holds(file.name)) == (True, False)
    assert "changed" in {finding.code for step in report.steps for finding in step.findings}
    file.unlink()
    assert not read_parity(model).passed


def test_a_verdict_written_into_the_report_by_hand_is_not_believed(model: Path) -> None:
    values = json.loads((model / PARITY).read_text(encoding="utf-8"))
    values["steps"][1]["findings"] = [{"code": "few", "values": {"positions": "?"}}, {"code": "nobody", "values": {}}]
    (model / PARITY).write_text(json.dumps(values), encoding="utf-8")
    assert not read_parity(model).passed
    assert as_values(read_parity(model))["passed"] is False
    assert not read_parity(model).holds("weir-Q4_K_M.gguf"), "what comes before it does not hold"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"steps": 3}', '{"steps": [1], "passed": true}', "[" * 100_000])
def test_a_damaged_report_is_none(model: Path, text: str) -> None:
    (model / PARITY).write_text(text, encoding="utf-8")
    with pytest.raises(NoParity, match="lorewright parity"):
        read_parity(model)


def test_a_report_that_names_a_file_elsewhere_does_not_hold(model: Path) -> None:
    values = json.loads((model / PARITY).read_text(encoding="utf-8"))
    values["steps"][1]["file"] = "../weir/weir-F16.gguf/../../../weir-F16.gguf"
    (model / PARITY).write_text(json.dumps(values), encoding="utf-8")
    assert not read_parity(model).passed


def test_the_table_and_the_lines_say_what_is_wrong(model: Path) -> None:
    report = read_parity(model)
    rows = rows_of(report)
    assert len(rows) == 4 and len(rows[0]) == len(HEAD)
    assert list(lines_of(report))[-1].startswith("The chain holds")
    failed = replace(
        report.steps[2], findings=judged("packed", Measured(ids=True, near=near(Nearness(9, 0.5, 0.5))), 9)
    )
    told = list(lines_of(replace(report, steps=(*report.steps[:2], failed))))
    assert told[-1].startswith("The chain does not hold")
    assert any("Q4_K_M does not hold" in line for line in told)


def test_a_model_is_found_by_its_name_its_file_and_its_run(model: Path) -> None:
    workspace = Workspace(model.parent.parent)
    run = next(workspace.runs.iterdir())
    (run / "config.yaml").write_text("name: weir\n", encoding="utf-8")
    for named in (Path("weir"), model, model / "weir-F16.gguf", Path(run.name), run, Path("01-01-weir")):
        assert model_folder(named, workspace) == model, named
    other = workspace.runs / "2026-01-02-other-train"
    other.mkdir()
    with pytest.raises(NotConverted, match="lorewright convert"):
        model_folder(other, workspace)
