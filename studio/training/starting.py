"""Owns what a run begins from where that is an adapter: which one a person names, and the settings that come with it.

Its settings and hashes are read as data; no weight is.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from studio.errors import InputError, LorewrightError, UsageError
from studio.files import read_text, sha256_of
from studio.gguf.adapters import SETTINGS, AdapterRefused, adapter_settings
from studio.jobs.run_names import find_run
from studio.jobs.runs import CONFIG
from studio.language import N_, _
from studio.training.checkpoints import MANIFEST, newest_whole, run_of
from studio.training.config import TrainingConfig


class NoAdapterNamed(UsageError):
    """What was named to start from is neither an adapter nor a run."""

    sentence = N_(
        "“{name}” is neither a run nor the folder of an adapter, so nothing can start from it. `lorewright runs` lists "
        "the runs."
    )


class NothingToStartFrom(InputError):
    """A run has nothing that another could start from."""

    sentence = N_(
        "{path} has no finished adapter and no whole checkpoint, so it can't be played, packed or trained on. Name "
        "another run; in the settings of a training, leave start_from out."
    )


def adapter_named(runs: Path, text: str) -> Path:
    """The folder of the adapter that a person means: by itself, or by a run's name or folder.

    Of a run it is the finished adapter, else the newest whole checkpoint. Raises NoAdapterNamed, NothingToStartFrom.
    """
    path = Path(text).expanduser()
    if (path / SETTINGS).is_file():
        return path.resolve()
    if (path / CONFIG).is_file():
        return adapter_of(path.resolve())
    try:
        return adapter_of(find_run(runs, text).path)
    except UsageError as error:
        raise NoAdapterNamed(name=text) from error


def adapter_of(run: Path) -> Path:
    """The adapter of a run; raises NothingToStartFrom."""
    if (run / "adapter" / MANIFEST).is_file():
        return run / "adapter"
    try:
        return newest_whole(run).checkpoint.path
    except LorewrightError as error:
        raise NothingToStartFrom(path=run) from error


def run_behind(adapter: Path) -> Path | None:
    """The run that an adapter came from, where it still lies in it."""
    if adapter.name == "adapter" and (adapter.parent / CONFIG).is_file():
        return adapter.parent
    return run_of(adapter)


def check_whole(adapter: Path) -> None:
    """Holds an adapter's files against the hashes beside it; one from elsewhere has none. Raises AdapterRefused."""
    if not (adapter / MANIFEST).is_file():
        return
    for name in _damaged(adapter):
        raise AdapterRefused(path=adapter, reason=_("{file} is missing or damaged").format(file=name))


def _damaged(adapter: Path) -> Iterator[str]:
    try:
        manifest = json.loads(read_text(adapter / MANIFEST))
        files = {Path(str(name)).name: digest for name, digest in manifest.items()}
    except (LorewrightError, ValueError, AttributeError, RecursionError):
        yield MANIFEST
        return
    for name, digest in files.items():
        file = adapter / name
        if not file.is_file() or sha256_of(file) != digest:
            yield name


def lora_of(adapter: Path) -> dict[str, object]:
    """The settings of `lora` that an adapter has, by whole names; raises AdapterRefused for one that is not trained."""
    found = adapter_settings(adapter)
    if found.use_rslora:
        raise AdapterRefused(path=adapter, reason=_("use_rslora is set"))
    if found.alpha != int(found.alpha):
        raise AdapterRefused(path=adapter, reason=_("its alpha is no whole number"))
    layers = found.layers_to_transform
    return {
        "lora.rank": found.rank,
        "lora.alpha": int(found.alpha),
        "lora.dropout": found.dropout,
        "lora.layers": "all" if layers is None else len(layers),
        "lora.target_modules": sorted({name.rpartition(".")[2] for name in found.target_modules}),
    }


def with_start(config: TrainingConfig) -> TrainingConfig:
    """The settings with the shape of the adapter that the run starts from; dropout stays as it was set."""
    if config.start_from is None:
        return config
    adapter = config.start_from if (config.start_from / SETTINGS).is_file() else adapter_of(config.start_from)
    shape = {name.partition(".")[2]: value for name, value in lora_of(adapter).items()}
    values = config.model_dump()
    values["lora"] |= {**shape, "dropout": config.lora.dropout}
    return TrainingConfig.model_validate({**values, "start_from": adapter})
