"""Owns the folder that `datasets.load_dataset` and the Hub read: Parquet by split, and a README with its front matter.

Talks and preferences have different columns, so each is a configuration of its own. Knows no other format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from studio.dataset.builds import Build, BuiltRow
from studio.dataset.export.forms import Record
from studio.dataset.export.licences import front_of
from studio.dataset.rows import Kind

_MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string()), ("weight", pa.int8())])
_ABOUT = [
    ("key", pa.string()),
    ("kind", pa.string()),
    ("source", pa.string()),
    ("licence", pa.string()),
    ("group", pa.string()),
    ("sampling_weight", pa.float64()),
    ("synthetic", pa.bool_()),
    ("parent", pa.string()),
]
_SCHEMAS = {
    "default": pa.schema([("messages", pa.list_(_MESSAGE)), *_ABOUT]),
    "preferences": pa.schema([(name, pa.list_(_MESSAGE)) for name in ("prompt", "chosen", "rejected")] + _ABOUT),
}
_FOLDERS = {"default": "data", "preferences": "preferences"}
_BATCH = 1000
_README = "README.md"


@dataclass(slots=True)
class Folder:
    """The folder while it is written."""

    folder: Path
    licences: Mapping[str, str]
    files: dict[str, int] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], list[Record]] = field(default_factory=dict)
    _writers: dict[tuple[str, str], pq.ParquetWriter] = field(default_factory=dict)

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_args: object) -> None:
        for place in self._waiting:
            self._flush(place)
        for writer in self._writers.values():
            writer.close()

    def add(self, one: BuiltRow, split: str, records: list[Record]) -> None:
        """Takes the records of one row."""
        config = "preferences" if one.row.kind is Kind.PREFERENCE else "default"
        waiting = self._waiting.setdefault((config, split), [])
        about = {
            "key": one.row.key,
            "kind": one.row.kind.value,
            "source": one.row.source,
            "licence": self.licences.get(one.row.source, ""),
            "group": one.row.group,
            "sampling_weight": one.weight,
            "synthetic": one.row.synthetic,
            "parent": one.row.parent,
        }
        waiting += [record | about for record in records]
        name = _name(config, split)
        self.files[name] = self.files.get(name, 0) + len(records)
        if len(waiting) >= _BATCH:
            self._flush((config, split))

    def _flush(self, place: tuple[str, str]) -> None:
        records, schema = self._waiting[place], _SCHEMAS[place[0]]
        if place not in self._writers:
            path = self.folder / _name(*place)
            path.parent.mkdir(exist_ok=True)
            self._writers[place] = pq.ParquetWriter(path, schema)
        self._writers[place].write_table(pa.Table.from_pylist(records, schema=schema))
        records.clear()

    def describe(self, build: Build) -> None:
        """Writes the README: the build's data card, with where the splits are."""
        front, body = parted(build.card())
        configs = []
        for config, folder in _FOLDERS.items():
            splits = sorted({split for one, split in self._waiting if one == config})
            if splits:
                files = [{"split": split, "path": f"{folder}/{split}-*"} for split in splits]
                configs.append({"config_name": config, "data_files": files})
        rest = {name: value for name, value in front.items() if name != "license"}
        values = {**front_of(str(front.get("license") or "")), **rest, "configs": configs}
        told = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
        (self.folder / _README).write_text(f"---\n{told}---\n{body}", encoding="utf-8", newline="\n")


def _name(config: str, split: str) -> str:
    return f"{_FOLDERS[config]}/{split}-00000-of-00001.parquet"


def parted(card: str) -> tuple[Mapping[str, object], str]:
    """The front matter of a card, and what comes after it."""
    if not card.startswith("---\n"):
        return {}, f"\n{card}"
    front, _line, body = card.removeprefix("---\n").partition("\n---\n")
    values = yaml.safe_load(front)
    return (values if isinstance(values, dict) else {}), body
