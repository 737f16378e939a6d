"""Owns what a base model is before its weights are loaded: its files, its template and its tokeniser."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.chat import ChatTemplate, Verdict, examine
from studio.errors import PathMissing
from studio.files import read_bytes, read_text
from studio.gguf.chat import template_of
from studio.gguf.errors import BaseIncomplete, NotTrainable, PickledWeights
from studio.gguf.reader import Gguf
from studio.gguf.soundness import check_soundness
from studio.gguf.tokeniser import VocabularyTokeniser, tokeniser_from_json, tokeniser_of

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
_PICKLES = ("pytorch_model*.bin", "model*.bin", "*.pt", "*.pth", "*.ckpt")
_JSON_LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Base:
    """A base model's chat side; `path` is the GGUF or the folder."""

    path: Path
    name: str
    template: ChatTemplate
    tokeniser: VocabularyTokeniser


def open_base(path: Path, *, to_train: bool = True) -> Base:
    """Reads a GGUF or a Hugging Face folder; raises our errors where a part is missing or damaged.

    Also where it cannot be trained on, unless it is only to be looked at.
    """
    if path.is_dir():
        base = _open_folder(path)
    elif path.is_file():
        base = _open_gguf(path)
    else:
        raise PathMissing(path=path)
    verdict: Verdict = examine(base.template)
    if to_train and not verdict.trainable:
        raise NotTrainable(path=path, reason=verdict.reason)
    if to_train and path.is_dir():
        check_soundness(path, json_file(path, "config.json"), base.template, base.tokeniser)
    return base


def _open_gguf(path: Path) -> Base:
    with Gguf(path) as gguf:
        if not gguf.tensors:
            raise BaseIncomplete(path=path, missing="weights")
        return Base(path, gguf.text("general.name") or path.stem, template_of(gguf), tokeniser_of(gguf))


def _open_folder(path: Path) -> Base:
    config = json_file(path, "config.json")
    check_weights(path)
    settings = json_file(path, "tokenizer_config.json")
    json_file(path, "tokenizer.json")
    source = _template_source(path, settings)
    name = str(config.get("_name_or_path") or path.name)
    begins = settings.get("add_bos_token") is True
    template = ChatTemplate(source, _token(settings, "bos_token"), _token(settings, "eos_token"), name, begins)
    return Base(path, name, template, tokeniser_from_json(path / "tokenizer.json"))


def check_weights(path: Path) -> None:
    """Raises BaseIncomplete where the weights, or a part that the index names, are not there, PickledWeights where they
    are there as pickles only."""
    if (path / WEIGHTS).is_file():
        return
    if not (path / INDEX).is_file():
        pickled = sorted(file.name for end in _PICKLES for file in path.glob(end))
        if pickled:
            raise PickledWeights(path=path, file=pickled[0])
        raise BaseIncomplete(path=path, missing=WEIGHTS)
    places = json_file(path, INDEX).get("weight_map")
    for name in sorted(set(places.values())) if isinstance(places, dict) else [INDEX]:
        if not isinstance(places, dict) or not (path / str(name)).is_file():
            raise BaseIncomplete(path=path, missing=name)


def json_file(folder: Path, name: str) -> dict[str, object]:
    """A JSON object that must be in the folder."""
    path = folder / name
    if not path.is_file():
        raise BaseIncomplete(path=folder, missing=name)
    try:
        values = json.loads(read_bytes(path, _JSON_LIMIT))
    except (ValueError, RecursionError) as error:
        raise BaseIncomplete(path=folder, missing=name) from error
    if not isinstance(values, dict):
        raise BaseIncomplete(path=folder, missing=name)
    return values


def _template_source(path: Path, settings: Mapping[str, object]) -> str:
    file = path / "chat_template.jinja"
    if file.is_file():
        return read_text(file)
    source = settings.get("chat_template")
    if not isinstance(source, str):
        raise BaseIncomplete(path=path, missing="chat_template")
    return source


def _token(settings: Mapping[str, object], key: str) -> str:
    value = settings.get(key)
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else ""
