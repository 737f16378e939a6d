"""What is loaded where a person names a run, a checkpoint, an adapter or a model."""

import json
import shutil
import struct
from pathlib import Path

import pytest

from studio.gguf.adapter_file import BaseIsNoGguf, is_of
from studio.gguf.adapters import AdapterRefused
from studio.inference.opening import SeveralModels
from studio.training.playing import AdapterAlone, FolderNotPlayed, Played, is_run, load_played, played
from studio.training.starting import NothingToStartFrom
from tests.gguf.adapters import adapter_folder, drawn, run_folder
from tests.gguf.tiny_model import write_model


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A model that llama.cpp loads."""
    return write_model(tmp_path / "base.gguf")


def test_a_run_is_its_base_with_its_adapter_written_once(tmp_path: Path, base: Path) -> None:
    run = run_folder(tmp_path / "runs", base)
    assert is_run(run)
    found = played(run)
    assert found == Played(run.name, base, run / "adapter.gguf")
    file = run / "adapter.gguf"
    first, digest = file.stat().st_mtime_ns, found.digest
    assert digest not in (Played("base", base).digest, Played("adapter", file).digest)
    assert played(run) == found
    assert file.stat().st_mtime_ns == first
    shutil.rmtree(run / "adapter")  # trained again: what was written before is no longer it
    adapter_folder(run / "adapter", drawn(seed=3))
    (run / "adapter" / "manifest.json").write_text("{}", encoding="utf-8")
    assert not is_of(file, run / "adapter")
    assert played(run).digest != digest
    assert is_of(file, run / "adapter")


def test_what_pairs_taught_is_played_likewise(tmp_path: Path, base: Path) -> None:
    """A run of preferences that began from another adapter holds all that was learnt, that one's share too."""
    run = run_folder(tmp_path / "runs", base)
    settings = {"base": str(base), "objective": "dpo", "start_from": str(tmp_path / "gone"), "preferences": "x.jsonl"}
    (run / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")
    assert played(run) == Played(run.name, base, run / "adapter.gguf")


def test_a_checkpoint_a_model_and_an_adapter(tmp_path: Path, base: Path) -> None:
    run = run_folder(tmp_path / "runs", base)
    checkpoint = adapter_folder(run / "checkpoints" / "step-000002", drawn(seed=2))
    assert played(checkpoint) == Played(f"{run.name} step-000002", base, checkpoint / "adapter.gguf")
    assert played(base) == Played("base", base)
    assert played(checkpoint / "adapter.gguf").model == base
    lone = tmp_path / "lone.gguf"
    shutil.copy2(checkpoint / "adapter.gguf", lone)
    with pytest.raises(AdapterAlone):
        played(lone)


def test_what_is_in_the_way_is_said(tmp_path: Path, base: Path) -> None:
    run = run_folder(tmp_path / "runs", base)
    weights = run / "adapter" / "adapter_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(AdapterRefused, match="damaged"):
        played(run)
    shutil.rmtree(run / "adapter")
    with pytest.raises(NothingToStartFrom):
        played(run)
    (tmp_path / "folder").mkdir()
    with pytest.raises(BaseIsNoGguf):
        played(run_folder(tmp_path / "others", tmp_path / "folder"))
    assert not list(run.glob("*.gguf"))


@pytest.mark.native
async def test_an_engine_bears_the_runs_name(tmp_path: Path, base: Path) -> None:
    run = run_folder(tmp_path / "runs", base)
    engine = await load_played(run)
    try:
        assert engine.card.name == run.name
        assert engine.card.path == base
    finally:
        await engine.close()


def test_a_folder_is_played_where_one_gguf_lies_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    with pytest.raises(FolderNotPlayed, match=r"without a GGUF.*`lorewright convert .*theirs`"):
        played(folder)
    model = write_model(folder / "tiny.gguf")
    assert (played(folder).model, played(folder).adapter) == (model, None)
    (folder / "a-lora.gguf").write_bytes(b"GGUF" + b"general.type" + struct.pack("<IQ", 8, 7) + b"adapter")
    assert played(folder).model == model, "an adapter is no model by itself"
    write_model(folder / "another.gguf")
    with pytest.raises(SeveralModels, match=r"a-lora\.gguf, another\.gguf, tiny\.gguf"):
        played(folder)
