"""Results that are kept: what was killed goes on, what is whole asks nothing, and what a model is beside its rivals."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import LorewrightError, NotSaved
from studio.evaluation.bases import base_of
from studio.evaluation.comparing import compared
from studio.evaluation.evaluating import Evaluating, Evaluation
from studio.evaluation.kind import CaseResult, Place
from studio.evaluation.kinds import KINDS
from studio.evaluation.limits import Limit
from studio.evaluation.plain_words import opening
from studio.evaluation.results import DamagedResults, Kept, Measured, kept_results, read_results
from studio.evaluation.rivals import BASE
from studio.evaluation.running import entry, kept_of, measured_on
from studio.evaluation.summary import summarise, summarise_part
from studio.resources import resource
from studio.scenario.game import Game
from tests.evaluation.plays import ASK, SLIP, Scripted, as_written, open_suite, workspace


def _wrong(last: str, opening: str) -> str:
    return "[roll: insight]" if "slip" in last else as_written(last, opening)


async def _measured(root: Path, engine: Scripted) -> Kept:
    one = open_suite(root)
    measured = entry(one, engine.card.identity, engine.card.name, kind="gguf")
    return await measured_on(one, engine, measured, root / "results")


async def test_results_are_kept_a_line_a_case_under_suite_version_and_model(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    kept = await _measured(root, Scripted(as_written))
    assert kept.path.relative_to(root / "results").parts[0] == "tool-calls"
    head, *lines = kept.path.read_text("utf-8").splitlines()
    assert json.loads(head)["model"] == "scripted" * 8
    assert [json.loads(line)["result"]["id"] for line in lines] == [SLIP, ASK]
    assert [result.right for result in kept.parts["tool-calls"]] == [True, True]


async def test_what_is_whole_asks_nothing_again(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    first = await _measured(root, Scripted(as_written))
    written = first.path.read_bytes()
    again = Scripted(as_written)
    second = await _measured(root, again)
    assert again.asked == []
    assert (second.parts, second.path.read_bytes()) == (first.parts, written)


async def test_a_model_that_was_renamed_is_not_measured_again(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    first = await _measured(root, Scripted(as_written, "old"))
    again = Scripted(as_written, "new")
    again.card = replace(again.card, identity="old" * 8)
    second = await _measured(root, again)
    assert again.asked == [] and second.path == first.path
    assert (first.measured.name, second.measured.name) == ("old", "new")


async def test_another_model_or_version_has_a_file_of_its_own(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    paths = {(await _measured(root, Scripted(as_written))).path, (await _measured(root, Scripted(_wrong, "b"))).path}
    held = root / "scenarios" / "combat" / "held.md"
    held.write_text(held.read_text("utf-8").replace("yawns", "sleeps"), encoding="utf-8")
    paths.add((await _measured(root, Scripted(as_written))).path)
    assert len(paths) == 3
    assert {one.path for one in kept_results(root / "results")} == paths


@pytest.mark.parametrize("cut", [1, 30])
async def test_a_torn_last_line_is_left_out_and_measured_again(tmp_path: Path, cut: int) -> None:
    root = workspace(tmp_path)
    whole = await _measured(root, Scripted(as_written))
    data = whole.path.read_bytes()
    whole.path.write_bytes(data[:-cut])
    torn = read_results(whole.path)
    assert torn.damaged == (1 if cut > 1 else 0)
    assert torn.done("tool-calls") == ({SLIP} if cut > 1 else {SLIP, ASK})
    again = await _measured(root, Scripted(as_written))
    assert again.parts == whole.parts
    assert read_results(whole.path).done("tool-calls") == {SLIP, ASK}


async def test_without_a_line_of_its_own_the_next_result_would_be_lost(tmp_path: Path) -> None:
    """The twin: appended behind the torn line, as a plain append does, the new result is not read."""
    root = workspace(tmp_path)
    kept = await _measured(root, Scripted(as_written))
    data = kept.path.read_bytes()
    last = data.splitlines(keepends=True)[-1]
    kept.path.write_bytes(data[:-30] + last)
    assert read_results(kept.path).done("tool-calls") == {SLIP}


async def test_an_interrupted_run_goes_on_to_the_same_results(tmp_path: Path) -> None:
    root, whole_root = workspace(tmp_path / "a"), workspace(tmp_path / "b")
    for each in (root, whole_root):
        second = (each / "scenarios" / "combat" / "held.md").read_text("utf-8")
        (each / "scenarios" / "combat" / "second.md").write_text(second, encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        await _measured(root, Scripted(_wrong, after=5))
    one = open_suite(root)
    measured = entry(one, "scripted" * 8, "scripted", kind="gguf")
    assert kept_of(one, measured, root / "results") is None
    rest = Scripted(_wrong)
    gone_on = await _measured(root, rest)
    whole = await _measured(whole_root, every := Scripted(_wrong))
    assert 0 < len(rest.asked) < len(every.asked)
    assert gone_on.path.read_bytes() == whole.path.read_bytes()


_KILLED = """
import asyncio, sys
from pathlib import Path
from tests.evaluation.plays import Scripted, stuck_on_the_second, open_suite
from studio.evaluation.rivals import BASE
from studio.evaluation.running import entry, measured_on
root = Path(sys.argv[1])
one = open_suite(root)
engine = Scripted(stuck_on_the_second)
asyncio.run(measured_on(one, engine, entry(one, "scripted" * 8, "scripted", kind="gguf"), root / "results"))
"""


async def test_a_run_that_is_killed_keeps_every_case_that_was_told(tmp_path: Path, root: Path) -> None:
    place = workspace(tmp_path)
    held = place / "scenarios" / "combat" / "held.md"
    held.rename(held.with_name("first.md"))
    text = held.with_name("first.md").read_text("utf-8").replace("I slip", "On the second night I slip")
    held.with_name("second.md").write_text(text, encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(place)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"stuck"
    child.send_signal(signal.SIGKILL)
    child.wait()
    (kept,) = kept_results(place / "results")
    assert kept.done("tool-calls") == {SLIP.replace("held", "first"), ASK.replace("held", "first")}
    rest = Scripted(as_written)
    done = await _measured(place, rest)
    assert len(done.parts["tool-calls"]) == 4
    assert len(rest.asked) == 3, "only the scenario that was missing was asked"


async def test_a_file_without_a_header_is_told_and_one_that_was_cut_before_it_is_begun_anew(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    kept = await _measured(root, Scripted(as_written))
    kept.path.write_bytes(b'{"format":')
    assert (await _measured(root, Scripted(as_written))).parts == kept.parts
    kept.path.write_bytes(b"not a header\n")
    with pytest.raises(DamagedResults):
        await _measured(root, Scripted(as_written))
    assert kept.path.read_bytes() == b"not a header\n"


@given(st.data())
def test_any_damage_gives_results_or_our_error(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    header = entry_line()
    result = {
        "id": "a",
        "kind": "tool-calls",
        "right": True,
        "scores": {"turns": 1},
        "expected": "",
        "got": "",
        "groups": {},
        "detail": {"calls": [{"verdict": "right", "expected": ["roll", "x"], "got": ["roll"]}]},
    }
    whole = header + json.dumps({"part": "p", "result": result}).encode() + b"\n"
    at = data.draw(st.integers(0, len(whole)))
    changed = whole[:at] + data.draw(st.binary(max_size=6) | st.sampled_from([b"[" * 9999, b"1e999", b"NaN"]))
    changed += whole[at + data.draw(st.integers(0, 20)) :]
    path = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    path.write_bytes(changed)
    try:
        kept = read_results(path)
    except LorewrightError:
        return
    for part in summarise(kept).parts:
        assert part.cases == 1


def entry_line() -> bytes:
    """A header as it is written."""
    return json.dumps(Measured("s", "v", 0, "m", "n").as_json()).encode() + b"\n"


async def test_no_room_for_results_is_told(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    (root / "results").write_text("a file", encoding="utf-8")
    with pytest.raises(NotSaved):
        await _measured(root, Scripted(as_written))


async def _evaluated(root: Path, **options: object) -> tuple[Evaluation, dict[str, Scripted]]:
    engines = {"good": Scripted(as_written, "good"), "bad": Scripted(_wrong, "bad"), "base.gguf": Scripted(_wrong)}

    async def opener(model: str) -> Scripted:
        return engines[Path(model).name]

    (root / "base.gguf").write_bytes(b"GGUF")
    base = engines["base.gguf"]
    base.card = replace(base.card, identity=hashlib.sha256(b"GGUF").hexdigest())
    evaluating = Evaluating(open_suite(root), root / "results", base=str(root / "base.gguf"), opener=opener, **options)
    return await evaluating.run(["good", "bad"]), engines


async def test_a_model_stands_beside_three_rivals_and_the_others(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    done, engines = await _evaluated(root)
    assert {one.measured.rival for one in done.rivals} == {"base", "keyword", "commonest"}
    good = done.models[0]
    assert [one.rival for one in good.comparisons] == ["keyword", "commonest", "base"]
    asked = engines["base.gguf"].asked[0]
    assert asked.grammar is not None and '"Bog Brigand"' in asked.grammar
    assert "[roll: SKILL]" in asked.messages[0].content and len(asked.messages) > 2
    assert engines["good"].asked[0].grammar is None
    (between,) = done.between
    assert (between.one, between.other, between.only_one, between.only_other, between.p) == ("good", "bad", 1, 0, 1.0)
    assert between.first == SLIP
    assert all(engine.closed == 1 for engine in engines.values())
    again, engines = await _evaluated(root)
    assert engines["base.gguf"].closed == 0, "a file whose results are kept is not even loaded"
    assert again.as_json() == done.as_json()


async def test_it_is_said_first_where_the_base_is_not_beaten(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    held = root / "scenarios" / "combat" / "held.md"
    for n in range(5):
        held.with_name(f"held-{n}.md").write_text(held.read_text("utf-8"), encoding="utf-8")
    done, _engines = await _evaluated(root)
    good, bad = (model.openings[0] for model in done.models)
    assert good.first == "" and good.sentences[0].startswith("What it does well")
    assert bad.sentences[0] == bad.first
    assert bad.first.startswith("It does not surely beat its base") and "+0.0 points" in bad.first
    assert "It is worse than a keyword rule: " in bad.fails, "that a rule does as well is said, too"
    assert "a keyword rule" not in bad.first and "than always" not in good.fails


async def test_of_one_scenario_it_is_said_first_that_it_is_too_little(tmp_path: Path) -> None:
    done, _engines = await _evaluated(workspace(tmp_path))
    good, bad = (model.openings[0] for model in done.models)
    for one in (good, bad):
        assert one.first.startswith("Whether it beats its base")
        assert "can't be told from 1 scenario; 6 are the fewest: " in one.first
    assert all(one.well and one.fails and one.write for one in (good, bad))


async def test_a_rule_is_measured_on_every_part_that_has_it(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    (root / "suites").mkdir()
    text = "parts: [{kind: tool-calls, name: long}, {kind: tool-calls, name: short, tokens: 20}]\n"
    (root / "suites" / "two.yaml").write_text(text, encoding="utf-8")

    async def opener(model: str) -> Scripted:
        return Scripted(as_written, model)

    done = await Evaluating(open_suite(root, "two"), root / "results", opener=opener).run(["good"])
    assert [[part.part for part in one.parts] for one in (done.models[0].summary, *done.rivals)] == [
        ["long", "short"], ["long", "short"], ["long", "short"],
    ]  # fmt: skip
    assert [one.part for one in done.models[0].openings] == ["long", "short"]
    assert len(done.models[0].comparisons) == 4


async def test_without_a_base_it_is_said_that_nobody_knows(tmp_path: Path) -> None:
    root = workspace(tmp_path)

    async def opener(model: str) -> Scripted:
        return Scripted(as_written, model)

    done = await Evaluating(open_suite(root), root / "results", opener=opener).run(["good"])
    assert "none was measured beside it" in done.models[0].openings[0].first


async def test_limits_are_kept_or_broken_with_a_sentence(tmp_path: Path) -> None:
    limits = [
        Limit(figure="tool-calls/f1", at_least=0.9),
        Limit(figure="tool-calls/f1/skill/insight", at_most=0.5),
        Limit(figure="tool-calls/none", at_least=0.0),
        Limit(figure="tool-calls/f1", at_least=0.99, surely=True),
    ]
    done, _engines = await _evaluated(workspace(tmp_path), limits=limits)
    kept = [[one.kept for one in model.limits] for model in done.models]
    assert kept == [[True, False, False, False], [False, True, False, False]]
    assert not done.passed
    assert "tool-calls/none was not measured." in [one.sentence for one in done.models[0].limits]


async def test_a_limit_on_what_never_occurred_is_broken_and_says_so(tmp_path: Path) -> None:
    async def silent(model: str) -> Scripted:
        return Scripted(lambda _last, _opening: "Rain.", model)

    limits = [Limit(figure="tool-calls/malformed", at_most=0.05)]
    root = workspace(tmp_path)
    done = await Evaluating(open_suite(root), root / "results", limits, rivals=False, opener=silent).run(["silent"])
    (told,) = done.models[0].limits
    assert not told.kept and "in no case was there anything to count" in told.sentence


async def test_what_is_printed_as_json_keeps_to_its_schema(tmp_path: Path) -> None:
    schema = json.loads(resource("schemas/evaluate.schema.json").read_text("utf-8"))
    done, _engines = await _evaluated(workspace(tmp_path), limits=[Limit(figure="tool-calls/f1", at_least=0.5)])
    told = json.loads(json.dumps(done.as_json(), allow_nan=False))
    jsonschema.validate(told, schema)


async def test_two_kept_results_can_be_compared_later(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    await _evaluated(root)
    kept = {one.measured.rival or one.measured.name: one for one in kept_results(root / "results")}
    (found,) = compared(kept["good"], kept["commonest"])
    assert found.cases == 2 and found.difference is not None and found.difference.value > 0


def test_the_base_of_a_model_is_what_its_run_says(tmp_path: Path) -> None:
    base = tmp_path / "base.gguf"
    base.write_bytes(b"GGUF")
    run, model = tmp_path / "runs" / "a-train", tmp_path / "models" / "a" / "a-Q4_K_M.gguf"
    for folder in (run, model.parent):
        folder.mkdir(parents=True)
    (run / "config.yaml").write_text(f"base: {base}\n", encoding="utf-8")
    (run / "checkpoints" / "step-000010").mkdir(parents=True)
    assert {base_of(run), base_of(run / "checkpoints" / "step-000010")} == {base}
    assert base_of(model) is None
    for source in (run, Path("/elsewhere/runs/a-train")):  # the workspace was moved since
        (model.parent / "card.json").write_text(json.dumps({"source": str(source)}), encoding="utf-8")
        assert base_of(model) == base
    (model.parent / "card.json").write_text("[" * 100_000, encoding="utf-8")
    assert base_of(model) is None
    base.unlink()
    assert base_of(run) is None


async def test_every_line_that_is_kept_keeps_to_its_schema(tmp_path: Path) -> None:
    schema = json.loads(resource("schemas/evaluate-results.schema.json").read_text("utf-8"))
    root = workspace(tmp_path)
    await _evaluated(root)
    for kept in kept_results(root / "results"):
        for line in kept.path.read_text("utf-8").splitlines():
            jsonschema.validate(json.loads(line), schema)


def test_a_kind_whose_base_is_not_measured_says_nothing_of_it(tmp_path: Path) -> None:
    kind = next(kind for kind in KINDS.values() if BASE not in kind.beside)
    detail = {"length": 512}
    results = [CaseResult(str(n), kind.name, n < 3, {kind.main: float(n < 3)}, detail=detail) for n in range(4)]
    root = workspace(tmp_path)
    told = opening(summarise_part("p", results), results, Place(root, root / "scenarios", Game.shipped()))
    assert told.first == ""
    assert told.sentences[0].startswith("What it does well")
