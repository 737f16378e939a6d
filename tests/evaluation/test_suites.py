"""What a suite's file may say, and that all its mistakes are told at once."""

from pathlib import Path

import pytest

from studio.errors import PathMissing
from studio.evaluation.held_out import NothingHeldOut
from studio.evaluation.kind import Place
from studio.evaluation.limits import measurable
from studio.evaluation.making import SuiteExists, make_suite
from studio.evaluation.running import opened
from studio.evaluation.suites import (
    BadSuite,
    UnfitSuiteName,
    UnknownSuite,
    find_suite,
    read_gate,
    read_suite,
    suite_names,
)
from studio.evaluation.tool_call_kind import ToolCallSettings
from studio.resources import resource
from studio.scenario.game import Game
from tests.evaluation.plays import HELD, workspace


def _suite(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "trial.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_suite_can_be_read() -> None:
    shipped = sorted(resource("suites").glob("*.yaml"))
    assert shipped
    for path in shipped:
        assert read_suite(path).parts, path


def test_a_suite_has_parts_with_settings_and_limits(tmp_path: Path) -> None:
    text = """
seed: 7
parts:
  - {kind: tool-calls, name: short, scenarios: [scenarios/held.md], tokens: 12}
  - {kind: tool-calls}
limits:
  - {figure: short/f1, at_least: 0.5, surely: true}
  - {figure: short/f1, beats: base}
"""
    suite = read_suite(_suite(tmp_path, text))
    assert (suite.name, suite.seed) == ("trial", 7)
    assert [(part.name, part.kind) for part in suite.parts] == [("short", "tool-calls"), ("tool-calls", "tool-calls")]
    assert suite.parts[0].settings == ToolCallSettings(scenarios=(Path("scenarios/held.md"),), tokens=12)
    assert [(limit.at_least, limit.surely, limit.beats) for limit in suite.limits] == [
        (0.5, True, None), (None, False, "base"),
    ]  # fmt: skip


def test_all_mistakes_are_told_at_once_with_field_and_valid_values(tmp_path: Path) -> None:
    text = """
sead: 1
seed: -1
parts:
  - {kind: tool-cals}
  - {kind: tool-calls, tokens: many, scenarioes: []}
  - 3
limits:
  - {figure: tool-calls/f1}
  - {figure: x, at_least: high}
"""
    with pytest.raises(BadSuite) as caught:
        read_suite(_suite(tmp_path, text))
    told = str(caught.value)
    for said in (
        "sead: there is no setting of this name (did you mean seed?)",
        "seed: -1 can't be used. It takes a whole number from 0 up to 4294967295.",
        'parts.1.kind: "tool-cals" is no kind (did you mean tool-calls?). It takes one of tool-calls',
        'parts.2.tokens: "many" can\'t be used. It takes a whole number from 1 up to 2000.',
        "parts.2.scenarioes: there is no setting of this name (did you mean scenarios?)",
        "parts.3: 3 can't be used.",
        "limits.1: it sets no bound. It takes one of at_least, at_most, beats.",
        'limits.2.at_least: "high" can\'t be used. It takes a number or null.',
        "trial.yaml",
    ):
        assert said in told, said
    assert "parts.1.name" not in told, "nothing is wrong with a name that was not given"


@pytest.mark.parametrize("text", ["", "3", "- a", "parts: {", "parts: []", "parts: &a [*a]", "parts: [{kind: [1]}]"])
def test_any_other_text_is_a_suite_with_mistakes(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSuite):
        read_suite(_suite(tmp_path, text))


def test_two_parts_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadSuite, match="another part is called “tool-calls”"):
        read_suite(_suite(tmp_path, "parts: [{kind: tool-calls}, {kind: tool-calls}]"))


def test_the_workspaces_own_suite_comes_before_the_shipped_one(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    assert find_suite("tool-calls", root).path == resource("suites") / "tool-calls.yaml"
    own = root / "suites" / "tool-calls.yaml"
    own.parent.mkdir()
    own.write_text("title: Mine\nparts: [{kind: tool-calls}]\n", encoding="utf-8")
    assert find_suite("tool-calls", root).title == "Mine"
    assert "tool-calls" in suite_names(root)


@pytest.mark.parametrize("name", ["tool-call", "../../etc/passwd", "a/b", ""])
def test_a_suite_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownSuite, match="tool-calls"):
        find_suite(name, workspace(tmp_path))


def test_a_suites_paths_stay_in_the_workspace(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    (tmp_path / "outside.md").write_text(HELD, encoding="utf-8")
    place = Place(root, root / "scenarios", Game.shipped())
    suite = read_suite(_suite(tmp_path, "parts: [{kind: tool-calls, scenarios: [../outside.md]}]"))
    with pytest.raises(Exception, match="points outside"):
        opened(suite, place)


def test_a_suite_is_made_of_what_is_held_out(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    path = make_suite(root, root / "scenarios", "mine")
    suite = read_suite(path)
    assert suite.parts[0].settings == ToolCallSettings(scenarios=(Path("scenarios/combat/held.md"),))
    assert suite.limits[0].beats == "base"
    one = opened(suite, Place(root, root / "scenarios", Game.shipped()))
    assert [case.id for case in one.cases["tool-calls"]] == ["scenarios/combat/held.md#0", "scenarios/combat/held.md#4"]
    with pytest.raises(SuiteExists):
        make_suite(root, root / "scenarios", "mine")
    with pytest.raises(UnfitSuiteName):
        make_suite(root, root / "scenarios", "../mine")


def test_no_suite_is_made_where_nothing_is_held_out(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    (root / "scenarios" / "combat" / "held.md").unlink()
    with pytest.raises(NothingHeldOut):
        make_suite(root, root / "scenarios", "mine")
    assert not (root / "suites").exists()


def test_a_gate_is_a_list_of_limits(tmp_path: Path) -> None:
    assert read_gate(_suite(tmp_path, "limits: [{figure: tool-calls/f1, at_most: 1}]"))[0].at_most == 1
    with pytest.raises(BadSuite, match="limits: it is not given"):
        read_gate(_suite(tmp_path, "parts: []"))
    with pytest.raises(PathMissing):
        read_gate(tmp_path / "none.yaml")


_ON_PARTS = "parts: [{kind: tool-calls}, {kind: stress}]\nlimits: [%s]"


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("{figure: tool-cals/f1, at_least: 1}", "“tool-cals” is no part (did you mean tool-calls?)"),
        ("{figure: tool-calls/recal, at_least: 1}", "“recal” is no figure of tool-calls (did you mean recall?)"),
        ("{figure: tool-calls/f1/tool, at_least: 1}", "“f1/tool” is no figure of tool-calls"),
        ("{figure: tool-calls/f1, beats: bas}", 'limits.1.beats: "bas" can\'t be used. It takes one of base, keyword'),
        ("{figure: stress/right, beats: keyword}", "stress is not measured beside keyword"),
    ],
)
def test_a_limit_that_nothing_measures_is_told_before_anything_is_measured(
    tmp_path: Path, limit: str, told: str
) -> None:
    with pytest.raises(BadSuite) as caught:
        read_suite(_suite(tmp_path, _ON_PARTS % limit))
    assert told in str(caught.value)
    if "beats: bas}" not in limit:
        assert read_gate(_suite(tmp_path, f"limits: [{limit}]")), "nothing is known of a gate's parts by itself"
    parts = read_suite(_suite(tmp_path, _ON_PARTS % "")).parts
    with pytest.raises(BadSuite):
        read_gate(_suite(tmp_path, f"limits: [{limit}]"), parts)


def test_limits_on_groups_and_on_rivals_are_taken(tmp_path: Path) -> None:
    limits = "{figure: tool-calls/f1/tool/roll, at_least: 0.5}, {figure: tool-calls/f1, beats: commonest}"
    assert len(read_suite(_suite(tmp_path, _ON_PARTS % limits)).limits) == 2
    assert measurable(read_gate(resource("gates/publish.yaml")), find_suite("tool-calls", None).parts)


def test_the_version_changes_with_what_is_counted_and_with_nothing_else(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    place = Place(root, root / "scenarios", Game.shipped())

    def version(text: str) -> str:
        return opened(read_suite(_suite(tmp_path, text)), place).version

    usual = version("parts: [{kind: tool-calls}]")
    assert version("title: Another\nparts: [{kind: tool-calls}]\nlimits: []") == usual
    assert version("seed: 1\nparts: [{kind: tool-calls}]") != usual
    assert version("parts: [{kind: tool-calls, tokens: 5}]") != usual
    training = root / "scenarios" / "combat" / "s0.md"
    training.write_text(training.read_text("utf-8").replace("guard", "warden"), encoding="utf-8")
    assert version("parts: [{kind: tool-calls}]") == usual
    held = root / "scenarios" / "combat" / "held.md"
    held.write_text(held.read_text("utf-8").replace("guard", "warden"), encoding="utf-8")
    assert version("parts: [{kind: tool-calls}]") != usual
