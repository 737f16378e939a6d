"""Training from a build: its training side by weight, its validation side watched, what was changed refused."""

import json
from pathlib import Path

import pytest

from studio.dataset.build import Setting, build
from studio.dataset.builds import Build, BuildChanged
from studio.gguf.measure import cutter_of
from studio.jobs.protocol import Fields
from studio.workspace.folder import open_or_make
from tests.workers.conftest import PLAIN, run_job
from tests.workers.test_preferences import correction

DESCRIPTION = """
base: {base}
sources:
- {{name: gold, scenarios: scenarios, weight: 5}}
- {{name: pairs, file: pairs.jsonl}}
audit: {{off: [duplicate, near-duplicate]}}
"""
PAIR = '{{"instruction": "How deep is the ford at post {n}?", "output": "Knee deep at post {n}, and slick."}}\n'


@pytest.fixture
def built(tmp_path: Path, tiny_base: Path, scenarios: Path) -> Build:
    """A build of four scenarios and twelve pairs."""
    root = tmp_path / "ws"
    (root / "scenarios").mkdir(parents=True)
    workspace = open_or_make(root)
    for path in scenarios.glob("*.md"):
        (root / "scenarios" / path.name).write_bytes(path.read_bytes())
    (root / "pairs.jsonl").write_text("".join(PAIR.format(n=n) for n in range(12)), encoding="utf-8")
    (root / "datasets" / "weir.yaml").write_text(DESCRIPTION.format(base=tiny_base), encoding="utf-8")
    return build("weir", workspace, cutter_of, Setting(processes=1)).build


def settings(base: Path, built: Build, **more: object) -> Fields:
    short = {"steps": 12, "sample_every": 12, "sample_tokens": 4, "checkpoint_every": 50}
    return {"config": {"base": str(base), "dataset": str(built.path), **short, **PLAIN, **more}}


async def test_a_run_from_a_build(tmp_path: Path, tiny_base: Path, built: Build) -> None:
    sides = [one.side for one in built.rows()]
    ended = await run_job("train", tmp_path / "runs", settings(tiny_base, built, learning_rate=0.002, accuracy_cases=1))
    assert ended.error is None
    assert [(event["step"], event["of"]) for event in ended.named("accuracy")] == [(0, 1), (8, 1), (12, 1)]
    report = ended.run.report()
    assert report is not None
    steps_an_epoch = -(-sides.count("training") // 2)
    passes, files = report["passes"], report["files"]
    assert isinstance(passes, dict) and isinstance(files, dict)
    assert passes["gold"] > 2 * passes["pairs"] > 0
    assert files["examples"] == sides.count("training") and files["validation"] == sides.count("validation") > 0
    assert files["refused"] == []
    validated = [event["step"] for event in ended.named("validation")]
    assert validated == [0, *range(steps_an_epoch, 12, steps_an_epoch), 12]
    assert ended.named("sample")


async def test_a_changed_build_is_refused_with_a_sentence(tmp_path: Path, tiny_base: Path, built: Build) -> None:
    with (built.path / "rows.parquet").open("ab") as stream:
        stream.write(b"x")
    ended = await run_job("train", tmp_path / "runs", settings(tiny_base, built))
    assert isinstance(ended.error, BuildChanged)
    assert "Build it again" in str(ended.error)
    assert not ended.run.adapter.exists()


async def test_preferences_of_a_build_are_learnt_and_watched(tmp_path: Path, tiny_base: Path, built: Build) -> None:
    root = tmp_path / "ws"
    with (root / "corrections.jsonl").open("w", encoding="utf-8") as stream:
        for n in range(24):
            row = correction(n, f"Plank {n} holds, and the lamp swings on.", f"You slip on plank {n}.")
            stream.write(json.dumps({**row, "session": f"s{n}"}) + "\n")
    text = DESCRIPTION.replace("sources:\n", "sources:\n- {{name: play, corrections: corrections.jsonl}}\n")
    text = text.replace("off: [", "off: [short-answer, ")
    (root / "datasets" / "play.yaml").write_text(text.format(base=tiny_base), encoding="utf-8")
    play = build("play", open_or_make(root), cutter_of, Setting(processes=1)).build
    sides = [one.side for one in play.rows() if one.row.kind == "preference"]
    assert {*sides} == {"training", "validation"}
    dpo = {"objective": "dpo", "learning_rate": 0.01, "validation_examples": "all", "validation_every": 6, "steps": 6}
    ended = await run_job("train", tmp_path / "runs", settings(tiny_base, play, **dpo))
    assert ended.error is None
    report = ended.run.report()
    assert report is not None and isinstance(files := report["files"], dict)
    assert (files["examples"], files["validation"]) == (sides.count("training"), sides.count("validation"))
    assert "no preferences" in files["refused"][-1]["reason"] and report["passes"].keys() == {"play"}  # type: ignore[attr-defined]
    losses = [event["loss"] for event in ended.named("validation")]
    assert losses[0] == pytest.approx(0.6931, abs=1e-3) and losses[-1] < losses[0]
