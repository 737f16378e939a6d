"""Data sets of the Hub: fetched once through the real client, checked by their hashes, then read without it."""

import io
import json
import logging
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Progress, Reading
from studio.dataset.rows import Row
from studio.dataset.sources import hub as hub_module
from studio.dataset.sources import read_source
from studio.dataset.sources.hub_files import NoSplit, SeveralConfigs, files_of
from studio.errors import Cancelled
from studio.hub import Address, BadHubAddress

REPO = "someone/tales"
TRAIN = "data/train-00000-of-00001.parquet"


def parquet(*pairs: tuple[str, str]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"prompt": [one for one, _ in pairs], "completion": [two for _, two in pairs]}), stream)
    return stream.getvalue()


def lines(*pairs: tuple[str, str]) -> bytes:
    return b"".join(json.dumps({"prompt": one, "completion": two}).encode() + b"\n" for one, two in pairs)


def read(root: Path, address: str = f"{REPO}@main", **settings: object) -> tuple[list[Row], list[RowProblem]]:
    source = SourceSettings.model_validate({"name": "far", "hub": address, **settings})
    found = list(read_source(source, Reading(root)))
    return [one for one in found if isinstance(one, Row)], [one for one in found if isinstance(one, RowProblem)]


def errors(problems: list[RowProblem]) -> list[str]:
    return [one.code for one in problems if one.error]


def test_a_revision_is_resolved_once_and_a_second_build_asks_nobody(tmp_path: Path, hub: Any) -> None:
    commit = hub.repo(
        REPO,
        {"README.md": b"", TRAIN: parquet(("a", "b")), "data/test-00000-of-00001.parquet": b""},
        card={"license": "cc-by-4.0"},
    )  # fmt: skip
    rows, problems = read(tmp_path)
    assert [(row.prompt, row.answer) for row in rows] == [("a", "b")]
    assert rows[0].place.path == f"{REPO}@{commit[:12]}/{TRAIN}"
    assert [(one.code, one.error) for one in problems] == [("floating-revision", False), ("licence", False)]
    assert commit in problems[0].sentence and "cc-by-4.0" in problems[1].sentence
    hub.repos[REPO].commit({TRAIN: parquet(("c", "d"))})
    asked = len(hub.asked)
    again, _problems = read(tmp_path)
    assert [row.key for row in again] == [row.key for row in rows] and len(hub.asked) == asked
    rows, problems = read(tmp_path, f"{REPO}@{commit}", licence="cc-by-4.0")
    assert len(rows) == 1 and not problems


def test_without_its_pin_the_hub_is_asked_again(tmp_path: Path, hub: Any) -> None:
    """The twin of the test above: it is the pin that keeps a build at its commit."""
    hub.repo(REPO, {"train.jsonl": lines(("a", "b"))})
    read(tmp_path)
    hub.repos[REPO].commit({"train.jsonl": lines(("c", "d"))})
    for pin in (hub_module.cache_of(tmp_path) / "pins").iterdir():
        pin.unlink()
    rows, _problems = read(tmp_path)
    assert [row.answer for row in rows] == ["d"]


def test_a_connection_that_is_cut_is_taken_up_where_it_broke(
    tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    whole = lines(*[(str(number), "b") for number in range(5000)])
    hub.repo(REPO, {"train.jsonl": whole})
    hub.cuts["train.jsonl"] = [70_000, 30_000]
    rows, problems = read(tmp_path)
    assert len(rows) == 5000 and not errors(problems)
    assert not hub.cuts["train.jsonl"]


def test_a_connection_that_stays_cut_is_a_sentence_and_the_next_build_goes_on(
    tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    hub.repo(REPO, {"train.jsonl": lines(("a", "b"))})
    hub.cuts["train.jsonl"] = [0] * 50
    rows, problems = read(tmp_path)
    assert not rows and errors(problems) == ["HubUnreachable"]
    hub.cuts.clear()
    rows, problems = read(tmp_path)
    assert len(rows) == 1 and not errors(problems)


def test_a_download_tells_how_far_it_is_and_can_be_stopped(
    tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000)
    whole = lines(*[(str(number), "b") for number in range(3000)])
    hub.repo(REPO, {"train.jsonl": whole})
    heard: list[Progress] = []
    source = SourceSettings.model_validate({"name": "far", "hub": f"{REPO}@main"})
    with pytest.raises(Cancelled):
        list(read_source(source, Reading(tmp_path, told=heard.append, stopped=lambda: len(heard) > 3)))
    assert heard[-1] == Progress("far: train.jsonl", 30_000, len(whole))
    heard.clear()
    rows = [one for one in read_source(source, Reading(tmp_path, told=heard.append)) if isinstance(one, Row)]
    assert len(rows) == 3000
    assert [one.done for one in heard if one.part == "far: train.jsonl"][-1] == len(whole)


@pytest.mark.parametrize("name", ["train.jsonl", TRAIN])
def test_a_file_with_another_hash_is_thrown_away_and_fetched_anew(tmp_path: Path, hub: Any, name: str) -> None:
    content = parquet(("a", "b")) if name.endswith("parquet") else lines(("a", "b"))
    hub.repo(REPO, {name: content})
    about = hub_module._asked(Address.of(REPO)).files[0]
    served = about.sha256 if name.endswith("parquet") else name
    hub.swapped[served] = content[:-1] + b"!"
    rows, problems = read(tmp_path)
    assert not rows and errors(problems) == ["HubDamaged"]
    hub.swapped.clear()
    rows, problems = read(tmp_path)
    assert len(rows) == 1 and not errors(problems)


def test_without_the_check_the_wrong_file_is_read(tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above."""
    monkeypatch.setattr(hub_module, "_damage", lambda _path, _about: None)
    hub.repo(REPO, {"train.jsonl": lines(("a", "b"))})
    hub.swapped["train.jsonl"] = lines(("a", "x"))
    rows, _problems = read(tmp_path)
    assert [row.answer for row in rows] == ["x"]


def test_a_file_that_was_changed_in_the_cache_is_fetched_anew(tmp_path: Path, hub: Any) -> None:
    hub.repo(REPO, {"train.jsonl": lines(("a", "b"))})
    read(tmp_path)
    cached = next((hub_module.cache_of(tmp_path)).rglob("train.jsonl")).resolve()
    cached.write_bytes(lines(("a", "y")))
    rows, problems = read(tmp_path)
    assert [row.answer for row in rows] == ["b"] and not errors(problems)


def test_what_the_hub_refuses_is_a_sentence_each(tmp_path: Path, hub: Any) -> None:
    hub.repo(REPO, {"train.jsonl": lines(("a", "b"))}, gated=True)
    hub.repo("someone/mine", {"train.jsonl": lines(("a", "b"))}, private=True)
    hub.repo("someone/pictures", {"one.png": b""})
    for address, code in (
        (f"{REPO}@main", "HubGated"),
        ("someone/mine@main", "HubMissing"),
        ("someone/nothing@main", "HubMissing"),
        ("someone/pictures@v9", "HubRevisionMissing"),
        ("someone/pictures@main", "NoSplit"),
    ):
        rows, problems = read(tmp_path, address)
        assert not rows and errors(problems) == [code], address
        assert address.partition("@")[0] in problems[-1].sentence
    hub.failing = 503
    assert errors(read(tmp_path, "someone/else@main")[1]) == ["HubUnreachable"]
    with pytest.raises(BadHubAddress):
        read(tmp_path, "no address")


def test_without_a_network_what_was_fetched_is_read_and_what_was_not_is_told(
    tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repo(REPO, {"train.jsonl": lines(("a", "b")), "test.jsonl": lines(("c", "d"))})
    rows, _problems = read(tmp_path)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    hub.stop()
    assert [row.key for row in read(tmp_path)[0]] == [row.key for row in rows]
    assert errors(read(tmp_path, split="test")[1]) == ["HubUnreachable"]


def test_the_token_is_the_clients_and_is_written_nowhere(
    tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hub.repo(REPO, {TRAIN: parquet(("a", "b"))}, private=True)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    with caplog.at_level(logging.DEBUG):
        rows, problems = read(tmp_path)
    assert len(rows) == 1 and not errors(problems)
    assert any(known for _method, path, known in hub.asked if path.startswith("/api/"))
    assert not any(known for _method, path, known in hub.asked if path.startswith("/cdn/"))
    assert hub.token not in caplog.text
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written and not any(hub.token.encode() in path.read_bytes() for path in written)


def test_a_token_of_the_keyring_is_sent_only_where_the_hub_refuses_without(
    tmp_path: Path, hub: Any, ring: dict[tuple[str, str], str]
) -> None:
    hub.repo(REPO, {TRAIN: parquet(("a", "b"))})
    hub.repo("someone/mine", {TRAIN: parquet(("c", "d"))}, private=True)
    ring["lorewright", "HF_TOKEN"] = hub.token
    assert len(read(tmp_path)[0]) == 1 and not any(known for _method, _path, known in hub.asked)
    rows, problems = read(tmp_path, "someone/mine@main")
    assert [row.answer for row in rows] == ["d"] and not errors(problems)
    assert not any(known for _method, path, known in hub.asked if path.startswith("/cdn/"))
    assert not any(hub.token.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


CONFIGS = [
    {"config_name": "easy", "data_files": [{"split": "train", "path": "easy/train-*"}]},
    {"config_name": "hard", "data_files": {"train": ["hard/*.jsonl"], "test": "hard-test.jsonl"}},
]


@pytest.mark.parametrize(
    ("names", "configs", "split", "found"),
    [
        (["a.jsonl", "b.json", "README.md"], None, "train", ["a.jsonl", "b.json"]),
        (["train.csv", "valid.csv", "my-dev-set.csv"], None, "validation", ["my-dev-set.csv", "valid.csv"]),
        (["data/train_sft-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"], None, "train",
         ["data/train-00000-of-00001.parquet"]),
        (["train/a.jsonl", "train/b.jsonl", "test/c.jsonl"], None, "train", ["train/a.jsonl", "train/b.jsonl"]),
        (["easy/train-1.jsonl", "hard/x.jsonl", "hard-test.jsonl"], CONFIGS, "hard/test", ["hard-test.jsonl"]),
        (["easy/train-1.jsonl", "hard/x.jsonl"], CONFIGS[:1], "train", ["easy/train-1.jsonl"]),
        (["../train.jsonl", "x/../../train.jsonl", "train.jsonl"], None, "train", ["train.jsonl"]),
    ],
)  # fmt: skip
def test_which_files_are_a_split(names: list[str], configs: object, split: str, found: list[str]) -> None:
    assert files_of(REPO, names, configs, split) == found


def test_a_split_that_is_not_there_or_not_clear_is_told() -> None:
    with pytest.raises(NoSplit, match="It has train, test"):
        files_of(REPO, ["train.csv", "test.csv"], None, "validation")
    with pytest.raises(SeveralConfigs, match="easy, hard"):
        files_of(REPO, ["easy/train-1.jsonl"], CONFIGS, "train")
