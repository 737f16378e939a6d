"""Snapshots of a game's turns: the state is asked, the decision is answered whole with its reasoning first."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Row
from studio.dataset.sources import read_source

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    """Two short games."""
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks.game_snapshots import snapshots
    finally:
        sys.path.remove(str(ROOT))
    return list(snapshots(2, 6, seed=3))


def read(path: Path, **settings: object) -> tuple[list[Row], list[RowProblem]]:
    source = SourceSettings.model_validate({"name": "turns", "snapshots": path, **settings})
    found = list(read_source(source, Reading(path.parent)))
    return [one for one in found if isinstance(one, Row)], [one for one in found if isinstance(one, RowProblem)]


def as_files(folder: Path, made: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    for number, one in enumerate(made):
        (folder / f"{one['game_id']}_{number:03}.json").write_text(json.dumps(one, indent=2))
    return folder


def as_lines(path: Path, made: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in made))
    return path


def test_a_folder_and_a_file_of_lines_give_the_same_rows(tmp_path: Path, made: list[dict[str, Any]]) -> None:
    from_files, problems = read(as_files(tmp_path / "turns", made))
    from_lines, others = read(as_lines(tmp_path / "turns.jsonl", made))
    assert [row.key for row in from_files] == [row.key for row in from_lines] and len(from_files) == len(made)
    assert not problems and not others
    assert {row.group for row in from_lines} == {one["game_id"] for one in made}
    assert all(row.kind is Kind.DECISION for row in from_lines)


def test_the_answer_is_the_whole_decision_and_the_prompt_the_whole_state(
    tmp_path: Path, made: list[dict[str, Any]]
) -> None:
    rows, _problems = read(as_lines(tmp_path / "turns.jsonl", made))
    for row, one in zip(rows, made, strict=True):
        assert json.loads(row.answer) == one["expert_decision"]
        assert row.answer.startswith('{"reasoning":"')
        assert '"fleet_orders":[{"reasoning":' in row.answer or not one["expert_decision"]["fleet_orders"]
        state = row.prompt.partition("State: ")[2]
        assert json.loads(state) == one["game_state"]
        assert one["house"] in row.prompt and f"Turn: {one['turn']}" in row.prompt
    shuffled = json.loads(json.dumps(made[0]))
    shuffled["game_state"] = dict(reversed(shuffled["game_state"].items()))
    again, _problems = read(as_lines(tmp_path / "again.jsonl", [shuffled]))
    assert again[0].prompt == rows[0].prompt


def test_without_reasoning_none_of_it_is_learnt_also_inside(tmp_path: Path, made: list[dict[str, Any]]) -> None:
    rows, _problems = read(as_lines(tmp_path / "turns.jsonl", made), reasoning=False)
    assert not any("reasoning" in message.content for row in rows for message in row.messages)
    assert [len(json.loads(row.answer)["fleet_orders"]) for row in rows] == [
        len(one["expert_decision"]["fleet_orders"]) for one in made
    ]


def test_turns_below_a_score_are_left_out_and_told(tmp_path: Path, made: list[dict[str, Any]]) -> None:
    least = sorted(one["outcome"]["turn_score"] for one in made)[len(made) // 2]
    rows, problems = read(as_lines(tmp_path / "turns.jsonl", made), min_score=least)
    assert len(rows) == sum(one["outcome"]["turn_score"] >= least for one in made)
    assert len(rows) + len(problems) == len(made)
    assert {(one.code, one.error) for one in problems} == {("below-score", False)}


def test_damaged_snapshots_are_told_one_by_one(tmp_path: Path, made: list[dict[str, Any]]) -> None:
    broken: list[dict[str, Any]] = [
        {**made[0], "outcome": {}},
        {**made[0], "expert_decision": {}},
        {**made[0], "game_state": [1]},
        {name: value for name, value in made[0].items() if name != "expert_decision"},
        {**made[0], "expert_decision": {"reasoning": "only that"}},
    ]
    rows, problems = read(as_lines(tmp_path / "it.jsonl", [*broken, made[1]]), min_score=0, reasoning=False)
    assert [row.place.line for row in rows] == [6]
    assert [(one.place.line, one.code) for one in problems] == [
        (1, "no-score"), (2, "snapshot"), (3, "snapshot"), (4, "columns"), (5, "snapshot"),
    ]  # fmt: skip


def test_the_same_seed_makes_the_same_games_and_they_are_varied(made: list[dict[str, Any]]) -> None:
    from benchmarks.game_snapshots import snapshots

    assert list(snapshots(2, 6, seed=3)) == made
    assert len({json.dumps(one["expert_decision"]) for one in made}) > len(made) * 0.9
    for one in made:
        orders = one["expert_decision"]["build_orders"]
        spent = sum(order["quantity"] * 50 for order in orders if order["build_type"] == "Infrastructure")
        assert spent <= one["game_state"]["treasury"]


def test_a_number_that_no_json_can_write_is_told(tmp_path: Path, made: list[dict[str, Any]]) -> None:
    path = as_lines(tmp_path / "it.jsonl", made[:1])
    path.write_text(path.read_text().replace('"treasury": ', '"treasury": 1e999, "old": ', 1))
    rows, problems = read(path)
    assert not rows and [one.code for one in problems] == ["snapshot"] and "JSON" in problems[0].sentence
