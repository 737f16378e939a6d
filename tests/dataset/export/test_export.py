"""A build in other programs' formats: it is read again as the same rows, and nothing is dropped unsaid."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studio.chat.messages import Message
from studio.dataset.builds import Build
from studio.dataset.description import SourceSettings
from studio.dataset.export import EXPORTS, OutExists, UnknownFormat, export
from studio.dataset.export.answers import AnswersLost
from studio.dataset.export.forms import FORMS, Record
from studio.dataset.export.licences import front_of
from studio.dataset.manifest import CARD, ROWS
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Place, Row, table_of
from studio.dataset.sources import read_source

CALL = "[roll: stealth dc 12 for Wren]"


def spoken(*contents: str, untrained: tuple[int, ...] = ()) -> tuple[Message, ...]:
    """SYSTEM and then a player and a narrator in turn."""
    roles = ["system", *["user", "assistant"] * len(contents)]
    return tuple(
        Message(role, content, None if at == 0 else at - 1, trained=role == "assistant" and at not in untrained)
        for at, (role, content) in enumerate(zip(roles, contents, strict=False))
    )


def row(kind: Kind, messages: tuple[Message, ...], rejected: str | None = None) -> Row:
    made = Row(kind, "it", Place("it.jsonl"), messages, "", rejected)
    return replace(made, group=made.key)


ROWS_OF_IT = (
    row(Kind.SCENARIO, spoken("Fog.", "I sneak.", CALL, "<TOOLCALL>14</TOOLCALL>", "Nobody sees you.")),
    row(Kind.CHAT, spoken("Be kind.", "Hello?", "Hi.", "Who?", "I.", untrained=(2,))),
    row(Kind.PAIR, spoken("", "What lies north? “Ü🐉”", "The Mirewood.\nIt is wet.")[1:]),
    row(Kind.PREFERENCE, spoken("Fog.", "I look.", "Better."), "Worse."),
    row(Kind.CHAT, (Message("assistant", "Welcome.", 0, True), *spoken("", "Hi.", "Ho.")[1:])),
)


def built(folder: Path, rows: Iterable[Row], sides: Iterable[str]) -> Build:
    """A build as `data build` writes one, as far as an export looks at it."""
    folder.mkdir()
    table = table_of(rows)
    count = table.num_rows
    for name, values in (
        ("side", list(sides)), ("weight", [1.5] * count), ("tokens", [7] * count), ("verdict", ["keep"] * count),
    ):  # fmt: skip
        table = table.append_column(name, pa.array(values))
    pq.write_table(table, folder / ROWS)
    (folder / CARD).write_text("---\nlicense: CC0-1.0\n---\n\n# It\n")
    manifest: Any = SimpleNamespace(name="it", sources=[SimpleNamespace(name="it", licence="CC0-1.0")])
    return Build(folder, manifest)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return built(tmp_path / "build", ROWS_OF_IT, ["training", "training", "training", "training", "validation"])


def again(folder: Path) -> list[Row]:
    source = SourceSettings.model_validate({"name": "it", "file": folder})
    found = list(read_source(source, Reading(folder.parent)))
    assert not [one for one in found if not isinstance(one, Row) and one.error]
    return [one for one in found if isinstance(one, Row)]


def learnt(rows: Iterable[Row]) -> list[object]:
    return sorted([[one.role, one.content, one.trained] for one in row.messages] + [row.rejected or ""] for row in rows)


@pytest.mark.parametrize("form", ["messages", "sharegpt", "parquet", "datasets"])
def test_what_is_exported_is_read_again_as_the_same_rows(build: Build, tmp_path: Path, form: str) -> None:
    exported = export(build, form, tmp_path / "out")
    assert (exported.rows, exported.written, exported.listed) == (5, 5, ())
    assert learnt(again(tmp_path / "out")) == learnt(ROWS_OF_IT)
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    export(build, form, tmp_path / "again")
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "again").rglob("*") if path.is_file()}


def test_alpaca_has_a_record_for_each_answer_and_lists_what_it_cannot_hold(build: Build, tmp_path: Path) -> None:
    exported = export(build, "alpaca", tmp_path / "out")
    assert (exported.rows, exported.written, exported.records) == (5, 4, 5)
    assert [(one.key, "another order" in one.reason) for one in exported.listed] == [(ROWS_OF_IT[4].key, True)]
    found = again(tmp_path / "out")
    wanted = sorted(
        (tuple(one.content for one in row.messages[:at]), message.content, row.rejected)
        for row in ROWS_OF_IT[:4]
        for at, message in enumerate(row.messages)
        if message.trained
    )
    assert (
        sorted((tuple(one.content for one in row.messages[:-1]), row.answer, row.rejected) for row in found) == wanted
    )
    assert all(not one.trained for row in found for one in row.messages[:-1])


@pytest.mark.parametrize("form", ["messages", "sharegpt", "alpaca", "datasets"])
def test_a_format_that_drops_a_call_is_our_mistake_and_leaves_nothing(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    name = "messages" if form == "datasets" else form
    whole = FORMS[name]

    def lossy(row: Row) -> list[Record]:
        told: list[Record] = json.loads(json.dumps(whole(row)).replace(json.dumps(CALL)[1:-1], ""))
        return told

    monkeypatch.setitem(FORMS, name, lossy)
    with pytest.raises(AnswersLost) as caught:
        export(build, form, tmp_path / "out")
    assert caught.value.fields["wanted"] == 2 and caught.value.fields["found"] == 1
    assert not (tmp_path / "out").exists() and [path.name for path in tmp_path.iterdir()] == ["build"]


def test_a_row_on_neither_side_is_listed(tmp_path: Path) -> None:
    build = built(tmp_path / "build", ROWS_OF_IT[:2], ["training", "left out"])
    for form in EXPORTS:
        exported = export(build, form, tmp_path / form)
        assert [one.key for one in exported.listed] == [ROWS_OF_IT[1].key]
        assert exported.rows == exported.written + len(exported.listed) == 2


def test_the_files_are_named_by_split_and_preferences_apart(build: Build, tmp_path: Path) -> None:
    assert export(build, "messages", tmp_path / "out").files == {
        "train.jsonl": 3, "train-preferences.jsonl": 1, "validation.jsonl": 1,
    }  # fmt: skip
    first = json.loads((tmp_path / "out" / "train.jsonl").read_text().splitlines()[1])
    assert [one.get("weight") for one in first["messages"]] == [None, None, 0, None, None]


def test_nothing_is_overwritten_and_no_half_is_left(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutExists):
        export(build, "messages", tmp_path)
    with pytest.raises(UnknownFormat, match="Did you mean “sharegpt”"):
        export(build, "sharegtp", tmp_path / "out")

    def full(*_args: object, **_more: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.dataset.export.json.dumps", full)
    with pytest.raises(Exception, match="No space left"):
        export(build, "messages", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build"]


def test_a_licence_is_called_as_the_hub_calls_it() -> None:
    assert front_of("CC BY 4.0") == {"license": "cc-by-4.0"} and front_of("") == {}
    assert front_of("My own: ask me!") == {"license": "other", "license_name": "my-own-ask-me"}


LOAD = """
import json, sys
from datasets import load_dataset
talks = load_dataset(sys.argv[1], "default", cache_dir=sys.argv[2])
better = load_dataset(sys.argv[1], "preferences", cache_dir=sys.argv[2])
print(json.dumps([{split: len(rows) for split, rows in talks.items()}, talks["train"][0]["messages"][1],
                  better["train"][0]["chosen"][0]["content"], talks["train"].column_names]))
"""


def test_the_datasets_library_loads_the_folder(build: Build, tmp_path: Path) -> None:
    export(build, "datasets", tmp_path / "out")
    assert "license: cc0-1.0" in (tmp_path / "out" / "README.md").read_text()
    command = [sys.executable, "-c", LOAD, str(tmp_path / "out"), str(tmp_path / "cache")]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    counts, first, better, columns = json.loads(done.stdout)
    assert counts == {"train": 3, "validation": 1}
    assert first == {"role": "user", "content": "I sneak.", "weight": None} and better == "Better."
    assert columns == [
        "messages",
        "key",
        "kind",
        "source",
        "licence",
        "group",
        "sampling_weight",
        "synthetic",
        "parent",
    ]
