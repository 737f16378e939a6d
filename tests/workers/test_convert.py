"""The convert worker: files that are what they were made from, and nothing half-made under a final name."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from studio import __version__
from studio.errors import Cancelled, from_event
from studio.gguf.errors import (
    BaseIncomplete,
    DamagedGguf,
    NeedsImportance,
    NoAdapter,
    PickledWeights,
    UnknownArchitecture,
    UnknownQuantisation,
)
from studio.gguf.forecast import forecasts
from studio.gguf.reader import Gguf
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.resources import resource
from tests.workers.conftest import PLAIN, Ended, run_job


@pytest.fixture(scope="module")
def trained(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A short run on the tiny base."""
    from tests.workers.conftest import SCENARIO

    folder = tmp_path_factory.mktemp("trained")
    (folder / "s.md").write_text(SCENARIO.format(n=1, tag=""), encoding="utf-8")
    config = {
        "base": str(tiny_base),
        "scenarios": [str(folder)],
        "steps": 3,
        "sample_tokens": 2,
        "name": "The Weir",
        **PLAIN,
    }
    ended = asyncio.run(run_job("train", folder / "runs", {"config": {**config, "learning_rate": 0.05}}))
    assert ended.error is None
    return ended.run


WEIR = "tiny-3.2M-the-weir-v1.0"
"""What the files of the run are called before their encoding."""


async def convert(tmp_path: Path, source: Path, *kinds: str, **more: object) -> Ended:
    """Converts to `tmp_path/models`."""
    fields: Fields = {"source": str(source), "out": str(tmp_path / "models"), "quantisations": list(kinds), **more}
    return await run_job("convert", tmp_path / "runs", fields)


def left(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} if folder.exists() else set()


async def test_a_run_becomes_models_that_answer_alike(tmp_path: Path, trained: Run) -> None:
    ended = await convert(tmp_path, trained.path, "F16", "Q4_K_M")
    assert ended.error is None
    assert [event["name"] for event in ended.named("phase")] == ["merge", "convert", "quantise", "compare"]
    assert {str(event["part"]) for event in ended.named("progress")} == {"convert", "quantise", "compare"}
    assert left(tmp_path / "models") == {
        f"the-weir/{WEIR}-F16.gguf", f"the-weir/{WEIR}-Q4_K_M.gguf", "the-weir/card.json",
    }  # fmt: skip
    schema = json.loads((resource("schemas") / "convert.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate({"run": str(ended.run.path), **(ended.run.report() or {})}, schema)  # what the command prints
    card = json.loads((tmp_path / "models" / "the-weir" / "card.json").read_text(encoding="utf-8"))
    plain, packed = card["files"]
    assert plain["comparison"]["ids_identical"] and packed["comparison"]["ids_identical"]
    assert plain["comparison"]["top1"] > 0.99
    assert plain["comparison"]["divergence"] < 0.001
    checks = [event["checks"] for event in ended.named("validated")]
    assert [{row["check"] for row in rows if row["ok"]} for rows in checks] == [
        {"bounds", "numbers", "tokeniser", "turn_end", "template", "loads"}
    ] * 2
    assert [row["checks"] for row in (ended.run.report() or {})["files"]] == checks
    assert "checks" not in plain
    for row in card["files"]:
        with Gguf(tmp_path / "models" / "the-weir" / row["file"]) as gguf:
            assert (row["size"], row["bits"]) == (gguf.bytes, round(gguf.bits_per_weight, 3))
    with Gguf(tmp_path / "models" / "the-weir" / packed["file"]) as gguf:
        told = {key: gguf.metadata.get(key) for key in (
            "general.basename", "general.size_label", "general.finetune", "general.version",
            "general.base_model.0.name", "lorewright.dataset", "lorewright.run", "lorewright.version",
        )}  # fmt: skip
        assert gguf.text("tokenizer.chat_template")
    data = str(told.pop("lorewright.dataset"))
    assert re.fullmatch(r"scenarios/1-[0-9a-f]{12}", data), "how many, and a digest of what they were"
    assert told == {
        "general.basename": "tiny", "general.size_label": "3.2M", "general.finetune": "the-weir",
        "general.version": "v1.0", "general.base_model.0.name": "tiny",
        "lorewright.run": trained.name, "lorewright.version": __version__,
    }  # fmt: skip
    assert Path(str((ended.run.report() or {})["gguf"])).is_file()
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["the-weir"]


async def test_the_forecast_of_a_folder_is_what_comes_out(tmp_path: Path, tiny_base: Path) -> None:
    told = {forecast.quantisation.name: forecast for forecast in forecasts(tiny_base)}
    ended = await convert(tmp_path, tiny_base, "Q6_K", "Q2_K", "F16")
    assert ended.error is None
    for made in ended.named("compared"):
        forecast = told[str(made["quantisation"])]
        assert forecast.bits == pytest.approx(float(str(made["bits"])), abs=0.002), made["quantisation"]
        assert forecast.size == pytest.approx(int(str(made["size"])), rel=0.02), made["quantisation"]


@pytest.mark.slow  # three whole conversions
async def test_another_quantisation_joins_and_another_run_of_that_name_does_not(tmp_path: Path, trained: Run) -> None:
    await convert(tmp_path, trained.path, "Q8_0")
    await convert(tmp_path, trained.path, "Q4_K_M")
    names = {"the-weir/card.json", f"the-weir/{WEIR}-Q8_0.gguf", f"the-weir/{WEIR}-Q4_K_M.gguf"}
    assert left(tmp_path / "models") == names
    card = json.loads((tmp_path / "models" / "the-weir" / "card.json").read_text(encoding="utf-8"))
    assert [row["quantisation"] for row in card["files"]] == ["Q8_0", "Q4_K_M"]
    other = tmp_path / "other-run"
    shutil.copytree(trained.path, other)
    ended = await convert(tmp_path, other, "Q8_0")
    assert (ended.run.report() or {})["gguf"] == str(
        tmp_path / "models" / "the-weir-2" / "tiny-3.2M-the-weir-2-v1.0-Q8_0.gguf"
    )


async def test_a_base_can_be_packed_alike(tmp_path: Path, tiny_base: Path) -> None:
    ended = await convert(tmp_path, tiny_base, "Q8_0", name="plain")
    assert ended.error is None
    assert left(tmp_path / "models") == {"plain/tiny-3.2M-v1.0-Q8_0.gguf", "plain/card.json"}


async def test_a_run_without_a_whole_adapter_is_refused(tmp_path: Path, trained: Run) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained.path, run)
    weights = run / "adapter" / "adapter_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    ended = await convert(tmp_path, run, "Q8_0")
    assert isinstance(ended.error, NoAdapter)
    assert "adapter_model.safetensors" in str(ended.error)
    shutil.rmtree(run / "adapter")
    shutil.rmtree(run / "checkpoints")  # or the newest whole one would be taken
    ended = await convert(tmp_path, run, "Q8_0")
    assert isinstance(ended.error, NoAdapter)
    assert left(tmp_path / "models") == set()


async def test_bad_input_is_a_sentence_and_leaves_nothing(tmp_path: Path, tiny_base: Path, starter: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(starter.read_bytes()[:20_000_000])
    half = tmp_path / "half"
    shutil.copytree(tiny_base, half)
    (half / "model.safetensors").unlink()
    strange = tmp_path / "strange"
    shutil.copytree(tiny_base, strange)
    config = strange / "config.json"
    values = {**json.loads(config.read_text(encoding="utf-8")), "architectures": ["NobodyForCausalLM"]}
    config.write_text(json.dumps(values), encoding="utf-8")
    pickled = tmp_path / "pickled"
    shutil.copytree(half, pickled)
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    foreign = tmp_path / "foreign.gguf"
    foreign.write_bytes(starter.read_bytes().replace(b"llama", b"nobdy"))
    for source, kind, quantisation in (
        (cut, DamagedGguf, "Q8_0"),
        (half, BaseIncomplete, "Q8_0"),
        (strange, UnknownArchitecture, "Q8_0"),
        (foreign, UnknownArchitecture, "Q8_0"),
        (pickled, PickledWeights, "Q8_0"),
        (starter, NeedsImportance, "IQ2_XXS"),
    ):
        ended = await convert(tmp_path, source, quantisation)
        assert isinstance(ended.error, kind), (source, ended.error)
        assert left(tmp_path / "models") == set()
        assert not list(tmp_path.glob("models/*"))
    ended = await convert(tmp_path, tiny_base, "Q9_Z")
    assert isinstance(ended.error, UnknownQuantisation)


async def test_cancelling_leaves_nothing(tmp_path: Path, tiny_base: Path) -> None:
    async def stop(job: WorkerJob, event: Fields) -> None:
        if event["event"] == "phase" and event["name"] == "convert":
            await job.cancel()

    fields: Fields = {"source": str(tiny_base), "out": str(tmp_path / "models"), "quantisations": ["Q8_0"]}
    ended = await run_job("convert", tmp_path / "runs", fields, stop)
    assert isinstance(ended.error, Cancelled)
    assert [event["name"] for event in ended.named("phase")] == ["merge", "convert"]
    assert list((tmp_path / "models").iterdir()) == []


def test_every_error_of_the_workers_is_known_to_who_follows_them() -> None:
    """A worker names an error by its class; a reader that never imported that class would call it our bug."""
    for code in ("NoAdapter", "ConverterFailed", "QuantiserFailed", "ConversionWrong", "UnknownQuantisation"):
        assert type(from_event(code, {})).__name__ == code
