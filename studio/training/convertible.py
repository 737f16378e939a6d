"""Owns what can be converted: a run with a whole adapter on a base that is there, or such a base by itself.

What cannot is refused by what its files say, before a worker is started for it; no weight is loaded.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import studio.gguf.adapters
import studio.gguf.identity
import studio.gguf.soundness
import studio.gguf.validating
import studio.inference.errors  # noqa: F401  # the kinds of error that the worker may report by name
from studio.errors import LorewrightError
from studio.files import read_text, sha256_of
from studio.gguf.convertible import check_architecture
from studio.gguf.errors import NoAdapter
from studio.gguf.outline import outline_of
from studio.gguf.room import check_wanted
from studio.jobs.run_base import base_of_run
from studio.jobs.runs import CONFIG, EVENTS
from studio.language import _
from studio.training.checkpoints import MANIFEST, checkpoints_of, run_of

_NEEDED = {"adapter_config.json", "adapter_model.safetensors"}


def check_convertible(source: Path, kinds: Sequence[str], *, importance: bool) -> None:
    """Raises what a conversion of a run, a checkpoint or a base would, where its files show it already.

    NoAdapter, NotARun, BaseGone, BaseIncomplete, PickledWeights, UnknownArchitecture, NeedsImportance, NotForThisModel,
    or what a damaged GGUF gives.
    """
    run = run_of(source)
    if run is not None:
        check_adapter(run, source)
    elif (source / CONFIG).is_file() or (source / EVENTS).is_file():
        run = source
        adapter_in_force(run)
    base = base_of_run(run) if run is not None else source
    check_architecture(base)
    check_wanted(outline_of(base), kinds, importance=importance)


def adapter_in_force(run: Path) -> Path:
    """The run's adapter, or its newest whole checkpoint where training never came to its end; raises NoAdapter."""
    if (run / "adapter").exists():
        check_adapter(run, run / "adapter")
        return run / "adapter"
    for checkpoint in checkpoints_of(run):
        try:
            check_adapter(run, checkpoint.path)
        except NoAdapter:
            continue
        return checkpoint.path
    raise NoAdapter(path=run, reason=_("it was never finished"))


def check_adapter(run: Path, folder: Path) -> None:
    """Holds an adapter's files against its manifest, which is the last thing that training writes."""
    for name, digest in _manifest(run, folder).items():
        file = folder / Path(name).name
        if not file.is_file() or sha256_of(file) != digest:
            raise NoAdapter(path=run, reason=_("{file} is missing or damaged").format(file=name))


def _manifest(run: Path, folder: Path) -> dict[str, object]:
    if not (folder / MANIFEST).exists():
        raise NoAdapter(path=run, reason=_("it was never finished"))
    try:
        manifest = json.loads(read_text(folder / MANIFEST))
    except (LorewrightError, ValueError, RecursionError) as error:
        raise NoAdapter(path=run, reason=_("{file} cannot be read").format(file=MANIFEST)) from error
    if not isinstance(manifest, dict) or not manifest.keys() >= _NEEDED:
        raise NoAdapter(path=run, reason=_("{file} does not name its files").format(file=MANIFEST))
    return manifest
