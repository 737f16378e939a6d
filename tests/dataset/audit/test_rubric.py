"""Rubrics: by name, the workspace's own first, and every mistake named."""

import pytest

from studio.dataset.audit.rubric import BadRubric, RubricMissing, read_rubric, rubric_named, rubric_names
from studio.errors import OutsideFolder

OWN = """
title: Mine
task: You read a recipe.
bin: Bin what would not taste.
criteria: [{name: taste, ask: "would it taste?", weight: 2}]
low: 1
high: 5
"""


def test_the_shipped_ones_are_whole() -> None:
    assert {"play", "instruction"} <= set(rubric_names())
    for name in rubric_names():
        rubric = rubric_named(name)
        for criterion in rubric.criteria:
            assert f'"{criterion.name}": N' in rubric.text()
            assert f'\\"{criterion.name}\\": ' in rubric.grammar()


def test_a_workspace_has_its_own_in_the_place_of_a_shipped_one(tmp_path) -> None:
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "play.yaml").write_text(OWN, encoding="utf-8")
    rubric = rubric_named("play", tmp_path)
    assert rubric.title == "Mine"
    assert rubric == rubric_named("rubrics/play.yaml", tmp_path)
    assert "score ::= [1-5]" in rubric.grammar()
    assert rubric.score({"taste": 5}) == 1
    assert rubric_named("play") != rubric


def test_what_a_judge_is_told_makes_the_digest_and_weights_do_not(tmp_path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    first = read_rubric(path)
    path.write_text(OWN.replace("weight: 2", "weight: 9"), encoding="utf-8")
    assert read_rubric(path).digest == first.digest
    path.write_text(OWN.replace("a recipe", "recipes"), encoding="utf-8")
    assert read_rubric(path).digest != first.digest


def test_a_name_that_is_none_names_the_nearest(tmp_path) -> None:
    with pytest.raises(RubricMissing, match=r"Did you mean “instruction”\?.*decision, instruction, play"):
        rubric_named("instructions", tmp_path)
    with pytest.raises(OutsideFolder):
        rubric_named("../../etc/own", tmp_path)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("title: [", "not YAML"),
        ("[" * 20_000, "not YAML"),
        ("a: &x [1]\nb: [*x, *x]", "not YAML"),
        ("title: 2026-99-99", "not YAML"),
        ("null", "valid"),
        (OWN + "extra: 1", "extra"),
        (OWN.replace("high: 5", "high: 1"), "low must be below high"),
        (OWN.replace("name: taste", "name: 'a\" | \"b'"), "criteria.0.name"),
        (OWN.replace("[{", "[{name: taste, ask: again}, {"), "two criteria"),
        (OWN.replace("weight: 2", "weight: .nan"), "weight"),
    ],
)
def test_a_bad_rubric_is_an_error_with_its_mistake(tmp_path, text, word) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadRubric, match=word):
        read_rubric(path)
