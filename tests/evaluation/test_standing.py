"""What is kept is told without an engine: by identity and version, beside rivals that are whole, over time."""

import os
from pathlib import Path

from studio.evaluation.evaluating import Evaluating
from studio.evaluation.results import read_results
from studio.evaluation.running import entry, measured_on
from studio.evaluation.standing import Shelf, together
from tests.evaluation.plays import SLIP, Scripted, as_written, open_suite, workspace

ME = "scripted" * 8


async def _measure(root: Path, name: str = "scripted") -> None:
    async def opener(model: str) -> Scripted:
        return Scripted(as_written, model)

    await Evaluating(open_suite(root), root / "results", opener=opener).run([name])


async def test_a_model_stands_as_it_was_measured_and_nothing_is_asked(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    shelf, one = Shelf(root / "results"), open_suite(root)
    before = shelf.standing(one, ME, None)
    assert (before.done, before.of, before.evaluation, before.whole) == (0, 2, None, False)
    await _measure(root)
    after = shelf.standing(one, ME, None)
    assert after.whole and after.evaluation is not None and not after.alone
    (model,) = after.evaluation.models
    assert {found.rival for found in model.comparisons} == {"keyword", "commonest"}
    assert shelf.standing(one, ME, None) is after, "what did not change is not summed up again"
    assert shelf.standing(one, "other" * 8, None).evaluation is None
    assert shelf.standing(one, ME, "/some/base.gguf").alone, "a base that is known is still to be measured"


async def test_what_was_stopped_stands_half_done_and_alone(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    one = open_suite(root)
    measured = entry(one, ME, "scripted", kind="gguf")
    kept = await measured_on(one, Scripted(as_written), measured, root / "results")
    lines = kept.path.read_bytes().splitlines(keepends=True)
    kept.path.write_bytes(b"".join(lines[:2]))
    found = Shelf(root / "results").standing(one, ME, None)
    assert (found.done, found.of, found.whole, found.alone) == (1, 2, False, True)
    assert found.evaluation is not None
    assert [result.id for result in found.evaluation.models[0].kept.parts["tool-calls"]] == [SLIP]


async def test_a_rival_that_is_half_measured_is_left_out(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    await _measure(root)
    for path in (root / "results").rglob("keyword-*.jsonl"):
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
        assert read_results(path).done("tool-calls") == {SLIP}
    said = Shelf(root / "results").standing(open_suite(root), ME, None).evaluation
    assert said is not None and [found.rival for found in said.models[0].comparisons] == ["commonest"]


async def test_history_lists_models_the_newest_first_and_no_rivals(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    for number, name in enumerate(("first", "second")):
        await _measure(root, name)
        (path,) = (root / "results").rglob(f"{name}-*.jsonl")
        os.utime(path, (1000 + number, 1000 + number))
    (root / "results" / "tool-calls" / "x").mkdir()
    (root / "results" / "tool-calls" / "x" / "broken.jsonl").write_text("no header\n", encoding="utf-8")
    found = Shelf(root / "results").history()
    assert [(past.name, past.when, past.cases) for past in found] == [("second", 1001.0, 2), ("first", 1000.0, 2)]
    ((title, figure),) = found[0].figures
    assert title == "Tool calls" and figure.value == 1.0


async def test_several_models_become_one_evaluation(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    one, shelf = open_suite(root), Shelf(root / "results")
    await _measure(root, "first")
    await _measure(root, "second")
    standings = [shelf.standing(one, name * 8, None) for name in ("first", "second", "none")]
    done = together(standings)
    assert done is not None and len(done.models) == 2 and len(done.rivals) == 2 and len(done.between) == 1
    assert together(standings[2:]) is None


def test_an_identity_is_read_again_only_where_a_file_changed(tmp_path: Path) -> None:
    shelf, model = Shelf(tmp_path / "results"), tmp_path / "a.gguf"
    model.write_bytes(b"GGUF one")
    first = shelf.identity(str(model))
    status = model.stat()
    model.write_bytes(b"GGUF two")
    os.utime(model, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert shelf.identity(str(model)) == first, "as many bytes at the same moment: it is taken for the same"
    os.utime(model, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert shelf.identity(str(model)) != first


async def test_what_a_rival_was_last_measured_by_stands_for_it_and_one_that_cannot_learn_is_not_missing(
    tmp_path: Path,
) -> None:
    root = workspace(tmp_path)
    engine = Scripted(as_written)

    async def opener(_model: str) -> Scripted:
        return engine

    suite = open_suite(root)
    await Evaluating(suite, root / "results", opener=opener).run(["good"])
    first = Shelf(root / "results").standing(suite, engine.card.identity, None)
    for n in range(3):  # there is other play to learn from now, so the rules are others
        path = root / "scenarios" / "combat" / f"s{n}.md"
        path.write_text(path.read_text("utf-8").replace("stealth", "insight"), encoding="utf-8")
    await Evaluating(open_suite(root), root / "results", opener=opener).run(["good"])
    again = Shelf(root / "results").standing(suite, engine.card.identity, None)
    assert first.evaluation is not None and again.evaluation is not None
    before, after = (
        {one.measured.rival: one.measured.model for one in found.rivals}
        for found in (first.evaluation, again.evaluation)
    )
    assert len(again.evaluation.rivals) == 2 and before["keyword"] != after["keyword"], "the newer rule stands alone"
    assert not again.alone
    for n in range(3):
        (root / "scenarios" / "combat" / f"s{n}.md").unlink()
    for path in (root / "results").glob("*/*/*.jsonl"):
        if not path.name.startswith("scripted"):
            path.unlink()
    bare = open_suite(root)
    assert not Shelf(root / "results").standing(bare, engine.card.identity, None).alone
