"""Whatever stands in a file: every record of it becomes a row or a problem, and reading never fails."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Row, rows_in, table_of
from studio.dataset.sources import read_source

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
_TEXT = st.text(max_size=6)
_MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "tool", "system", "else"]),
        "content": st.text(max_size=6) | _VALUES,
    },
    optional={"tool_calls": _VALUES, "weight": st.sampled_from([0, 1]), "function_call": _VALUES},
)
_RECORD = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.lists(_MESSAGE, max_size=4) | _VALUES,
        "prompt": st.text(max_size=6) | _VALUES,
        "completion": st.text(max_size=6) | _VALUES,
        "chosen": _VALUES,
        "rejected": _VALUES,
        "history": _VALUES,
        "system": _VALUES,
        "tools": _VALUES,
        "game_state": _VALUES,
        "expert_decision": _VALUES,
    },
)
_LINE = (
    st.binary(max_size=30) | st.text(max_size=20).map(str.encode) | _RECORD.map(lambda one: json.dumps(one).encode())
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def read(path: Path) -> list[Row | RowProblem]:
    source = SourceSettings.model_validate({"name": "any", "file": path})
    found = list(read_source(source, Reading(path.parent)))
    rows = [one for one in found if isinstance(one, Row)]
    assert [row.key for row in rows_in(table_of(rows))] == [row.key for row in rows]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_LINE.filter(lambda line: b"\n" not in line), max_size=8))
def test_lines_are_rows_and_problems(folder: Path, lines: list[bytes]) -> None:
    path = folder / "it.jsonl"
    path.write_bytes(b"\n".join([b'{"prompt": "a", "completion": "b"}', *lines, b""]))
    found = read(path)
    wanted = [1, *(number for number, line in enumerate(lines, start=2) if line.strip())]
    assert [one.place.line for one in found if isinstance(one, Row) or one.error] == wanted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_RECORD | _VALUES, max_size=8), st.sampled_from([None, 0, 2]))
def test_elements_are_rows_and_problems(folder: Path, records: list[object], indent: int | None) -> None:
    path = folder / "it.json"
    path.write_text(json.dumps(records, indent=indent))
    found = [one for one in read(path) if isinstance(one, Row) or one.error]
    assert len(found) == max(1, len(records))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["it.json", "it.csv", "it.tsv", "it.parquet", "it.jsonl"]))
def test_no_bytes_make_reading_fail_or_fall_silent(folder: Path, content: bytes, name: str) -> None:
    path = folder / name
    path.write_bytes(content)
    found = read(path)
    assert found or name.endswith("sv")  # a table of columns without a row
