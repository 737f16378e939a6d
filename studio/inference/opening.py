"""Owns opening a model by what a person names: which engine holds such a thing, and what exactly it was."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.errors import InputError, PathMissing
from studio.files import sha256_of
from studio.inference.engine import Engine, LlamaEngine
from studio.inference.hf import HfEngine
from studio.inference.remote import RemoteEngine, is_address
from studio.jobs.run_base import base_of_run
from studio.jobs.runs import CONFIG
from studio.language import N_

CONTEXT, TOGETHER = 8192, 16
"""Tokens and chats at once that measuring needs: all cases of a usual scenario stand in the cache together."""

_CHECKPOINTS = "checkpoints"
_TOLD = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors")


class NoModel(InputError):
    """A path is nothing that a model can be loaded from."""

    sentence = N_(
        "{path} holds no model. Name a GGUF, a run's folder or one of its checkpoints, a Hugging Face folder, or an "
        "address like http://localhost:8080/v1#NAME."
    )


class OnlyPickle(InputError):
    """A folder has its weights in pickle files alone, which can run anything when they are read."""

    sentence = N_(
        "{path} has its weights only as {file}, a kind of file that may run programs when it is read, so it is not "
        "opened. Where you trust it, load it with transformers elsewhere and save it with "
        "`model.save_pretrained(FOLDER, safe_serialization=True)`."
    )


class SeveralModels(InputError):
    """A folder holds more than one GGUF."""

    sentence = N_("{path} holds several models: {files}. Name one of them.")


async def open_engine(
    named: str | Path,
    *,
    context: int = CONTEXT,
    together: int = TOGETHER,
    adapter: Path | None = None,
    key: str | None = None,
    dtype: str | None = None,
) -> Engine:
    """The engine of what is named; its card's identity is known.

    A GGUF, or a folder with one, with a LoRA in GGUF on it where `adapter` is one; a run's folder or one of its
    checkpoints, as it was trained (`dtype`: float32, or as asked); a Hugging Face folder; ADDRESS#MODEL of an
    OpenAI-compatible service, with the key that the environment or the keyring has under the name `key`. Raises
    PathMissing, the errors above, and what loading raises.
    """
    if is_address(named):
        return RemoteEngine.at(str(named), key=key, context=context, together=together)
    path = Path(named)
    if not path.exists():
        raise PathMissing(path=path)
    path = _model_in(path)
    identity = await asyncio.to_thread(_identity, path, adapter)
    if path.is_file():
        return await LlamaEngine.load(path, context=context, together=together, adapter=adapter, identity=identity)
    name = _run_name(path)
    return await HfEngine.load(
        path, context=context, together=together, adapter=adapter, dtype=dtype, identity=identity, name=name
    )


def identity_of(named: str | Path, adapter: Path | None = None) -> str:
    """What the card of the engine would say, with nothing loaded; files are read. Raises as `open_engine` does."""
    if is_address(named):
        return RemoteEngine.at(str(named), key=None, context=CONTEXT).card.identity
    if not Path(named).exists():
        raise PathMissing(path=named)
    return _identity(_model_in(Path(named)), adapter)


def files_of(named: str | Path, adapter: Path | None = None) -> list[Path]:
    """The files that `identity_of` reads: while none of them changes, it stays."""
    if is_address(named) or not Path(named).exists():
        return []
    return [*_files(_model_in(Path(named))), *(_files(adapter) if adapter is not None else ())]


def _model_in(path: Path) -> Path:
    """The GGUF or the folder that is loaded."""
    if path.is_file() or _run_of(path) is not None:
        return path
    files = sorted(path.glob("*.gguf"))
    if (path / "config.json").is_file():
        _check_weights(path)
        return path
    if len(files) > 1:
        raise SeveralModels(path=path, files=", ".join(file.name for file in files))
    if not files:
        raise NoModel(path=path)
    return files[0]


def _check_weights(folder: Path) -> None:
    """Raises OnlyPickle where a folder's weights are pickles alone."""
    if any(folder.glob("*.safetensors")) or any(folder.glob("*.safetensors.index.json")):
        return
    pickles = sorted(file.name for kind in ("*.bin", "*.pt", "*.pth", "*.ckpt") for file in folder.glob(kind))
    if pickles:
        raise OnlyPickle(path=folder, file=pickles[0])


def _run_of(path: Path) -> Path | None:
    """The folder of the run that a path is, or is a checkpoint or the adapter of; None for anything else."""
    path = path.absolute()
    inside = path.parent if path.name == "adapter" else path.parent.parent if path.parent.name == _CHECKPOINTS else None
    return next((run for run in (path, inside) if run is not None and (run / CONFIG).is_file()), None)


def _run_name(path: Path) -> str:
    """How a run's model is called: by its run, and by the checkpoint where it is one."""
    run = _run_of(path)
    if run is None:
        return ""
    return run.name if run == path.absolute() else f"{run.name} {path.name}"


def _identity(path: Path, adapter: Path | None) -> str:
    """The SHA-256 of a lone file, else one over those of all files that are loaded; raises the errors of files."""
    return identity_of_files([*_files(path), *(_files(adapter) if adapter is not None else ())])


def identity_of_files(files: Sequence[Path]) -> str:
    """The SHA-256 of one file, or one over those of several in their order; raises the errors of files."""
    digests = [sha256_of(file) for file in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _files(path: Path) -> Iterable[Path]:
    """The files that make up a model: of a run the base's, and the adapter's in force."""
    if path.is_file():
        return [path]
    run = _run_of(path)
    if run is None:
        return [path / name for name in (*_TOLD, *_ADAPTER) if (path / name).is_file()] + _weights(path)
    worn = _in_force(run, path)
    return [*_files(base_of_run(run)), *(worn / name for name in _ADAPTER if (worn / name).is_file())]


def _weights(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.glob("*.safetensors")) if file.name not in _ADAPTER]


def _in_force(run: Path, path: Path) -> Path:
    """The folder of the adapter that is loaded: the path's own, or the run's at its end, or its newest checkpoint's."""
    if path.absolute() != run:
        return path
    if (run / "adapter").is_dir():
        return run / "adapter"
    found = sorted((run / _CHECKPOINTS).glob("step-*"))
    return found[-1] if found else run
