"""The train worker: what it leaves behind, what it refuses, and that it stops when asked."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from studio.errors import PathMissing
from studio.gguf.base import open_base
from studio.gguf.errors import BaseIncomplete, DamagedGguf
from studio.jobs.errors import Paused
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.training import BadSettings
from tests.workers.conftest import PLAIN, Ended, run_job


def settings(base: Path, scenarios: Path, **more: object) -> Fields:
    """A request's fields for a short run."""
    short = {"steps": 4, "sample_every": 2, "sample_tokens": 4, "checkpoint_every": 2}
    return {"config": {"base": str(base), "scenarios": [str(scenarios)], **short, **PLAIN, **more}}


async def test_a_run_from_end_to_end(tmp_path: Path, tiny_base: Path, scenarios: Path) -> None:
    ended = await run_job("train", tmp_path / "runs", settings(tiny_base, scenarios, learning_rate=0.002))
    assert ended.error is None
    names = [event["event"] for event in ended.events]
    assert [event["name"] for event in ended.named("phase")] == ["base", "data", "measure", "train", "save"]
    assert [(event["step"], event["of"]) for event in ended.named("step")] == [(n, 4) for n in (1, 2, 3, 4)]
    assert [event["step"] for event in ended.named("sample")] == [0, 2, 4]
    assert names.index("sample") < names.index("step")
    assert [event["step"] for event in ended.named("validation")] == [0, 2, 4]
    assert [event["step"] for event in ended.named("checkpoint")] == [0, 2]
    losses = [float(str(event["loss"])) for event in ended.named("step")]
    assert losses[-1] < losses[0]
    state = ended.run.state()
    assert (state.status, state.step, state.of) == ("done", 4, 4)
    _left_behind(ended, scenarios)


def _left_behind(ended: Ended, scenarios: Path) -> None:
    """The run folder: adapter with a true manifest, no pickle, settings with the steps fixed, an account of files."""
    folder = ended.run.path
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.yaml", "events.jsonl", "report.json", "adapter", "checkpoints"}
    for saved in (folder / "adapter", folder / "checkpoints" / "step-000002"):
        manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
        assert {path.name for path in saved.iterdir()} == {*manifest, "manifest.json"}
        assert all(hashlib.sha256((saved / n).read_bytes()).hexdigest() == digest for n, digest in manifest.items())
        assert {"adapter_model.safetensors", "adapter_config.json"} <= set(manifest)
    assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".pt", ".pth", ".pkl")]
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["steps"] == 4
    assert config["resolved"]["precision"] in ("bf16", "fp32")
    report = ended.run.report()
    assert report is not None
    files = report["files"]
    assert isinstance(files, dict)
    assert files["trained"] == [str(scenarios / f"s{n}.md") for n in range(4)]
    assert files["held_out"] == [str(scenarios / "held.md")]
    assert files["refused"] == []
    assert report["steps"] == 4


async def test_the_lower_layers_kept_change_nothing_that_is_learnt(
    tmp_path: Path, tiny_base: Path, scenarios: Path
) -> None:
    short = settings(tiny_base, scenarios, lora={"layers": 1}, learning_rate=0.002, precision="fp32")
    ended = await run_job("train", tmp_path / "runs", short)
    assert ended.error is None
    weights = ended.run.path / "adapter" / "adapter_config.json"
    assert json.loads(weights.read_text(encoding="utf-8"))["layers_to_transform"] == [1]
    losses = [float(str(event["loss"])) for event in ended.named("step")]
    assert losses[-1] < losses[0]


async def test_the_steps_are_fixed_to_fit_the_time(tmp_path: Path, tiny_base: Path, scenarios: Path) -> None:
    fields = settings(tiny_base, scenarios, steps=None, epochs=1000, max_minutes=0.4, sample_every=1000)
    ended = await run_job("train", tmp_path / "runs", fields)
    assert ended.error is None
    steps = ended.named("step")
    assert len({event["of"] for event in steps}) == 1
    assert ended.run.config()["steps"] == steps[0]["of"] == len(steps) > 4


async def test_a_pause_stops_between_examples_and_another_worker_goes_on(
    tmp_path: Path, tiny_base: Path, scenarios: Path
) -> None:
    async def pause(job: WorkerJob, event: Fields) -> None:
        if event["event"] == "step" and event["step"] == 3:
            await job.cancel(pause=True)

    fields = settings(tiny_base, scenarios, steps=40, sample_every=100_000)
    ended = await run_job("train", tmp_path / "runs", fields, pause)
    assert isinstance(ended.error, Paused)
    assert f"lorewright train --resume {ended.run.name}" in str(ended.error)
    state, made = ended.run.state(), len(ended.named("step"))
    assert (state.status, state.paused, state.step) == ("cancelled", True, made) and made < 40
    assert {path.name for path in ended.run.path.iterdir()} == {"config.yaml", "events.jsonl", "checkpoints"}
    job = await WorkerJob.go_on("train", ended.run, {})
    events = [event async for event in job.events()]
    assert [event["step"] for event in events if event["event"] == "step"] == list(range(made + 1, 41))
    state = ended.run.state()
    assert (state.status, state.paused, state.resumed, len(state.losses)) == ("done", False, 1, 40)


async def test_a_base_with_a_file_missing_is_named(tmp_path: Path, tiny_base: Path, scenarios: Path) -> None:
    for name in ("model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"):
        broken = tmp_path / f"without-{name}"
        shutil.copytree(tiny_base, broken)
        (broken / name).unlink()
        with pytest.raises(BaseIncomplete) as refused:
            open_base(broken)
        assert str(refused.value.fields["missing"]).startswith(name.partition(".")[0])
    ended = await run_job("train", tmp_path / "runs", settings(broken, scenarios))
    assert isinstance(ended.error, BaseIncomplete)
    assert not ended.run.adapter.exists()


async def test_damaged_weights_are_named(tmp_path: Path, tiny_base: Path, starter: Path, scenarios: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_base, broken)
    (broken / "model.safetensors").write_bytes((broken / "model.safetensors").read_bytes()[:1000])
    ended = await run_job("train", tmp_path / "runs", settings(broken, scenarios))
    assert isinstance(ended.error, BaseIncomplete)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(starter.read_bytes()[:50_000_000])
    ended = await run_job("train", tmp_path / "runs", {**settings(cut, scenarios), "cache": str(tmp_path / "cache")})
    assert isinstance(ended.error, DamagedGguf)
    assert not (tmp_path / "cache").exists()
    with pytest.raises(PathMissing):
        open_base(tmp_path / "none.gguf")


async def test_a_bad_setting_fails_with_its_name(tmp_path: Path, tiny_base: Path, scenarios: Path) -> None:
    ended = await run_job("train", tmp_path / "runs", settings(tiny_base, scenarios, learning_rate=7))
    assert isinstance(ended.error, BadSettings)
    assert ended.run.state().status == "failed"


async def test_what_cannot_be_trained_on_is_accounted_for(tmp_path: Path, tiny_base: Path, scenarios: Path) -> None:
    (scenarios / "broken.md").write_text("<SYSTEM>\n# Role\nx\n</SYSTEM>\n<DM>never closed", encoding="utf-8")
    ended = await run_job("train", tmp_path / "runs", settings(tiny_base, scenarios))
    report = ended.run.report()
    assert report is not None
    files = report["files"]
    assert isinstance(files, dict)
    assert [Path(row["path"]).name for row in files["refused"]] == ["broken.md"]
    assert len(files["trained"]) + len(files["held_out"]) + len(files["refused"]) == 6
