"""Files of records become rows: every line is a row or a problem with its line, whatever stands in it."""

import json
import os
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Row
from studio.dataset.sources import lines, read_source
from studio.dataset.sources.json_records import Record
from studio.dataset.sources.lines import Bad
from studio.dataset.sources.records import records
from studio.errors import NotAllowed, PathMissing

PAIR = {"instruction": "What lies north?", "response": "The Mirewood."}


def given(path: Path, **settings: object) -> list[Row | RowProblem]:
    source = SourceSettings.model_validate({"name": "it", "file": path, **settings})
    return list(read_source(source, Reading(path.parent)))


def parted(path: Path, **settings: object) -> tuple[list[Row], list[RowProblem]]:
    all_of_it = given(path, **settings)
    return [one for one in all_of_it if isinstance(one, Row)], [one for one in all_of_it if isinstance(one, RowProblem)]


def told(problems: list[RowProblem]) -> list[tuple[int, str]]:
    return [(one.place.line, one.code) for one in problems]


def written(tmp_path: Path, name: str, *parts: bytes | str | dict[str, object]) -> Path:
    """A file of lines; a dict is one as JSON."""
    path = tmp_path / name
    with path.open("wb") as stream:
        for part in parts:
            whole = json.dumps(part) if isinstance(part, dict) else part
            stream.write((whole if isinstance(whole, bytes) else whole.encode()) + b"\n")
    return path


def test_every_bad_line_is_told_with_its_number_and_the_others_are_read(tmp_path: Path) -> None:
    lines_of_it: dict[str, bytes | str | dict[str, object]] = {
        "": PAIR,
        "json": '{"instruction": "a", "response": ',
        "json ": '{"instruction": "a", "response": NaN}',
        "too-deep": b'{"a":' * 100_000,
        "surrogate": r'{"instruction": "a", "response": "half \ud800"}',
        "nul": r'{"instruction": "a", "response": "\u0000"}',
        "encoding": b'{"instruction": "\xff", "response": "b"}',
        "no-record": "[1, 2]",
        "columns": {"instruction": "a", "reply": "b"},
        "json  ": f'{{"n": {"9" * 5000}}}',
        " ": {"instruction": "Ümläut 🐉", "response": "ja"},
    }
    path = written(tmp_path, "it.jsonl", *lines_of_it.values())
    rows, problems = parted(path)
    assert [row.place.line for row in rows] == [1, 11]
    assert rows[1].prompt == "Ümläut 🐉"
    wanted = [code.strip() for code in lines_of_it if code.strip()]
    assert told(problems) == list(enumerate(wanted, start=2))
    assert "`instruction`, `reply`" in problems[7].sentence and "`response`" not in problems[7].sentence
    assert all(problem.error for problem in problems)


def test_a_line_of_a_hundred_megabytes_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    with path.open("wb") as stream:
        stream.write(json.dumps(PAIR).encode() + b'\n{"instruction": "')
        for _part in range(100):
            stream.write(b"x" * (1 << 20))
        stream.write(b'"}\n' + json.dumps(PAIR).encode())
    rows, problems = parted_within(path, 30)
    assert [row.place.line for row in rows] == [1, 3]
    assert told(problems) == [(2, "too-long")]
    assert "104857620" in problems[0].sentence


def test_without_the_limit_the_line_is_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: with the limit out of the way the memory is taken."""
    path = tmp_path / "it.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"instruction": "a", "response": "' + b"x" * (100 << 20) + b'"}\n')
    monkeypatch.setattr(lines.Source.lines, "__defaults__", (1 << 30,))
    with pytest.raises(AssertionError, match="MiB"):
        parted_within(path, 30)


def parted_within(path: Path, mebibytes: int) -> tuple[list[Row], list[RowProblem]]:
    """The rows and problems, read while no more memory than that is taken at a time."""
    import tracemalloc

    tracemalloc.start()
    try:
        found = parted(path)
        peak = tracemalloc.get_traced_memory()[1] >> 20
    finally:
        tracemalloc.stop()
    assert peak < mebibytes, f"{peak} MiB were taken"
    return found


def test_a_huge_element_of_an_array_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    huge = b'{"instruction": "' + b"y" * (30 << 20) + b'", "response": "z"}'
    one = json.dumps(PAIR, indent=1).encode()
    path.write_bytes(b"[\n" + one + b",\n" + huge + b",\n" + one + b"\n]\n")
    rows, problems = parted_within(path, 20)
    assert [row.place.line for row in rows] == [2, 7]
    assert told(problems) == [(6, "too-long")]


def test_a_bottomless_element_of_an_array_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    one = json.dumps(PAIR).encode()
    path.write_bytes(b"[" + one + b",\n" + b"[" * 100_000 + b"]" * 100_000 + b",\n" + one + b"]")
    rows, problems = parted(path)
    assert [row.place.line for row in rows] == [1, 3] and told(problems) == [(2, "too-deep")]


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_elements_of_an_array_are_found_wherever_the_parts_of_a_file_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(lines, "_CHUNK", size)
    said = [{"a": 'quo"te \\" [ { , ] }', "b": [1, {"c": []}]}, {}, {"d": "\\\\"}, {"e": "Ü🐉"}]
    path = tmp_path / "it.json"
    path.write_text(json.dumps(said, ensure_ascii=False, indent=2))
    assert [one.values for one in records(path) if isinstance(one, Record)] == said
    path.write_text("".join(json.dumps(one, indent=1) for one in said))
    assert [one.values for one in records(path) if isinstance(one, Record)] == said


def test_an_array_that_is_cut_off_is_told_and_what_came_before_is_kept(tmp_path: Path) -> None:
    whole = json.dumps([PAIR, PAIR, {"instruction": "last", "response": "one"}])
    path = tmp_path / "it.json"
    for cut in (whole[:-10], whole[:-1]):
        path.write_text(cut)
        rows, problems = parted(path)
        assert len(rows) == 2
        assert told(problems) == [(1, "cut")]
    path.write_text(whole + "\nrubbish")
    rows, problems = parted(path)
    assert len(rows) == 3 and told(problems) == [(2, "json")]


def test_an_array_inside_of_an_object_is_read_and_what_stands_beside_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    path.write_text(json.dumps({"data": [PAIR, PAIR], "version": 2}, indent=1))
    rows, problems = parted(path)
    assert [row.place.line for row in rows] == [3, 7]
    assert [(one.code, one.error) for one in problems] == [("beside", False)] and '"version": 2' in problems[0].sentence
    path.write_text(json.dumps({"rows": [PAIR]}))
    assert [len(some) for some in parted(path)] == [1, 0]
    path.write_text(json.dumps({"rows": [PAIR]})[:-1])
    assert told(parted(path)[1]) == [(1, "cut")]
    path.write_text(json.dumps({"rows": [PAIR, PAIR]})[:-9])
    rows, problems = parted(path)
    assert len(rows) == 1 and told(problems) == [(1, "cut")]


def test_marks_line_ends_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(PAIR).encode() + b"\r\n\r\n" + json.dumps(PAIR).encode())
    rows, problems = parted(path)
    assert [row.place.line for row in rows] == [1, 3] and not problems
    path.write_bytes("\ufeff{}".encode("utf-16-le"))
    assert told(parted(path)[1]) == [(1, "encoding")]
    path.write_bytes(b"")
    assert told(parted(path)[1]) == [(1, "empty")]


def test_a_file_that_grows_is_read_as_it_was_and_that_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "it.jsonl", *[PAIR] * 3)
    found = list(islice(growing(path), 50))
    assert sum(isinstance(one, Record) for one in found) == 3
    assert [(one.code, one.error) for one in found if isinstance(one, Bad)] == [("changed", False)]


def growing(path: Path) -> Iterator[Record | Bad]:
    """The records of a file to which one is added whenever one was read."""
    for one in records(path):
        with path.open("a") as stream:
            stream.write(json.dumps(PAIR) + "\n")
        yield one


def test_without_the_size_at_opening_a_file_that_grows_is_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above."""
    opened = lines.Source.__init__

    def endless(self: lines.Source, *args: Any) -> None:
        opened(self, *args)
        self.size = 1 << 60

    monkeypatch.setattr(lines.Source, "__init__", endless)
    path = written(tmp_path, "it.jsonl", *[PAIR] * 3)
    assert sum(isinstance(one, Record) for one in islice(growing(path), 50)) == 50


def test_a_file_that_shrinks_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, "it.jsonl", *[PAIR] * 10_000)
    found = records(path)
    assert isinstance(next(found), Record)
    os.truncate(path, 200_000)
    rest = list(found)
    assert any(isinstance(one, Bad) and one.code == "changed" and one.error for one in rest)


def test_a_file_without_rights_is_a_sentence_and_a_missing_one_is_an_error(nobody: Path) -> None:
    path = nobody / "it.jsonl"
    assert told(parted(path)[1]) == [(1, "NotAllowed")]
    with pytest.raises(NotAllowed):
        given(nobody / "closed" / "it.jsonl")
    with pytest.raises(PathMissing):
        given(nobody / "none.jsonl")


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder with a file and a folder that may not be read; root reads as somebody else for once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        written(folder, "it.jsonl", PAIR).chmod(0)
        (folder / "closed").mkdir(mode=0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            (folder / "closed").chmod(0o700)


def test_csv_with_quotes_commas_and_broken_rows(tmp_path: Path) -> None:
    path = written(
        tmp_path, "it.csv", "instruction,response", 'a,"one, and\ntwo"', "too,many,cells", b"\xff,b", "c,d"
    )  # fmt: skip
    rows, problems = parted(path)
    assert [(row.place.line, row.answer) for row in rows] == [(2, "one, and\ntwo"), (6, "d")]
    assert told(problems) == [(4, "cells"), (5, "encoding")]
    path = written(tmp_path, "open.csv", "instruction;response", "a;b", 'c;"never closed', "d;e")
    rows, problems = parted(path)
    assert len(rows) == 1 and told(problems) == [(3, "csv")]
    assert "Lines 3 to 4" in problems[0].sentence


def test_parquet_with_a_broken_footer_or_a_broken_group(tmp_path: Path) -> None:
    path = tmp_path / "it.parquet"
    many = [{"instruction": f"{number} {os.urandom(40).hex()}", "response": "r"} for number in range(300)]
    pq.write_table(pa.Table.from_pylist(many), path, row_group_size=100, compression="NONE", use_dictionary=False,
                   write_page_checksum=True)  # fmt: skip
    rows, problems = parted(path)
    assert [row.place.line for row in rows] == list(range(1, 301)) and not problems
    whole = path.read_bytes()
    path.write_bytes(whole[:-6] + b"xxxxxx")
    rows, problems = parted(path)
    assert not rows and told(problems) == [(1, "DamagedTable")]
    middle = whole.index(b"150 ")
    path.write_bytes(whole[:middle] + b"\0\0\0\0" + whole[middle + 4 :])
    rows, problems = parted(path)
    assert [row.place.line for row in rows] == [*range(1, 101), *range(201, 301)]
    assert told(problems) == [(101, "damaged")] and "101 to 200" in problems[0].sentence


def test_parquet_rows_that_are_too_long_or_no_text(tmp_path: Path) -> None:
    path = tmp_path / "it.parquet"
    texts = pa.array([b"fine", b"\xff\xfe", b"z" * (2 << 20), b"last"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"instruction": pa.array(["a"] * 4), "response": texts}), path)
    rows, problems = parted(path)
    assert [row.answer for row in rows] == ["fine", "last"]
    assert sorted(told(problems)) == [(2, "encoding"), (3, "too-long")]


def test_each_row_goes_by_its_own_shape_and_the_mixture_is_told(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "it.jsonl",
        PAIR,
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]},
        {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "he"}]},
        {"prompt": "p", "completion": "c"},
        {"prompt": "p", "chosen": "good", "rejected": "bad"},
    )
    rows, problems = parted(path)
    assert [row.kind for row in rows] == [Kind.PAIR, Kind.CHAT, Kind.CHAT, Kind.PAIR, Kind.PREFERENCE]
    assert [(one.code, one.error) for one in problems] == [("mixed-shapes", False)]
    rows, problems = parted(path, shape="messages")
    assert len(rows) == 2 and told(problems) == [(1, "columns"), (4, "columns"), (5, "columns")]


def test_columns_with_other_names(tmp_path: Path) -> None:
    path = written(tmp_path, "it.jsonl", {"frage": "a", "antwort": "b"})
    rows, _problems = parted(path, columns={"prompt": "frage", "completion": "antwort"})
    assert [(row.prompt, row.answer) for row in rows] == [("a", "b")]


def test_the_descriptors_do_not_run_out(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")  # there is none on Windows
    for number in range(300):
        written(tmp_path, f"{number}.jsonl", PAIR)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(128, hard), hard))
    try:
        rows, problems = parted(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(rows) == 300 and not problems


def test_what_a_source_was_recognised_as_is_noted(tmp_path: Path) -> None:
    path = written(tmp_path, "it.jsonl", {**PAIR, "votes": 3})
    reading = Reading(tmp_path)
    list(read_source(SourceSettings.model_validate({"name": "it", "file": path}), reading))
    assert reading.notes.shapes == {
        "it": "Instructions and responses (Alpaca) (`instruction`: the prompt, `response`: the answer). "
        "Not used: `votes`."
    }
    assert list(reading.notes.files["it"]) == ["it.jsonl"]
