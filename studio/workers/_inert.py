"""Owns the copy of a model's folder in which nothing can run: data by name, never code and never pickles.

The official converter reads tokenisers with `trust_remote_code`, and the library that loads weights follows what a
folder says: to another folder or address, to code, to programs of the Hub. So neither sees a folder as it came.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.errors import NotSaved
from studio.gguf.base import INDEX, json_file
from studio.gguf.errors import BaseIncomplete

_SETTINGS = ("config.json", "tokenizer_config.json")
"""Files that can name classes of the folder's own code."""
_DATA = (
    INDEX, "tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json",
    "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "chat_template.json",
)  # fmt: skip
_LEADS_AWAY = frozenset(
    {
        "auto_map",
        "trust_remote_code",
        "custom_generate",
        "custom_pipelines",
        "transformers_weights",
        "attn_implementation",
        "_attn_implementation",
        "_attn_implementation_internal",
        "_experts_implementation",
        "experts_implementation",
        "use_kernels",
        "kernel_config",
        "adapter_config",
        "_name_or_path",
    }
)
"""Settings with which a folder names code, files or addresses of its own."""


@contextmanager
def made_inert(folder: Path) -> Iterator[Path]:
    """The folder as `inert_folder` makes it, for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="base-", ignore_cleanup_errors=True) as place:
        yield inert_folder(folder, Path(place) / "model")


def inert_folder(folder: Path, into: Path) -> Path:
    """Makes `into` of the folder's weights and settings, with links where the disk allows; returns it."""
    into.mkdir()
    for path in sorted(folder.glob("*.safetensors")):
        _bring(path, into)
    for name in _DATA:
        if (folder / name).is_file():
            _bring(folder / name, into)
    for name in _SETTINGS:
        text = json.dumps(_tamed(json_file(folder, name)), indent=1, ensure_ascii=False)
        (into / name).write_text(text, encoding="utf-8")
    return into


def _bring(path: Path, into: Path) -> None:
    """Links or copies one file; a link into a cache is followed, since its target is the file."""
    try:
        source, target = path.resolve(strict=True), into / path.name
    except OSError as error:
        raise BaseIncomplete(path=path.parent, missing=path.name) from error
    for bring in (os.link, os.symlink, shutil.copyfile):  # the second for another disk, the third for one without links
        try:
            bring(source, target)
        except (OSError, NotImplementedError) as error:
            reason = error
        else:
            return
    raise NotSaved(path=target, reason=str(reason)) from reason


def _tamed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _tamed(item) for key, item in value.items() if key not in _LEADS_AWAY}
    return [_tamed(item) for item in value] if isinstance(value, list) else value
