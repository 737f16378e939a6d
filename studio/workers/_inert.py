"""Owns the copy of a model's folder in which nothing can run: data by name, never code and never pickles.

The official converter reads tokenisers with `trust_remote_code`, so a folder from elsewhere must not reach it as it is.
"""

import json
import os
import shutil
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
_CODE = "auto_map"


def inert_folder(folder: Path, into: Path) -> Path:
    """Makes `into` of the folder's weights and settings, with links where the disk allows; returns it."""
    into.mkdir()
    for path in sorted(folder.glob("*.safetensors")):
        _bring(path, into)
    for name in _DATA:
        if (folder / name).is_file():
            _bring(folder / name, into)
    for name in _SETTINGS:
        text = json.dumps(_without_code(json_file(folder, name)), indent=1, ensure_ascii=False)
        (into / name).write_text(text, encoding="utf-8")
    return into


def _bring(path: Path, into: Path) -> None:
    """Links or copies one file; a link into a cache is followed, since its target is the file."""
    try:
        source, target = path.resolve(strict=True), into / path.name
    except OSError as error:
        raise BaseIncomplete(path=path.parent, missing=path.name) from error
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise NotSaved(path=target, reason=error.strerror or str(error)) from error


def _without_code(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_code(item) for key, item in value.items() if key != _CODE}
    return [_without_code(item) for item in value] if isinstance(value, list) else value
