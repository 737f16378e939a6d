"""Whatever stands in a file: every record of it becomes a row or a problem, and reading never fails."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Place, Row, rows_in, table_of
from studio.dataset.sources import read_source
from studio.dataset.sources.making import Origin, row_of
from studio.dataset.sources.shapes import shape_of
from studio.dataset.sources.texts import BadRecord
from studio.rules import Rules
from studio.scenario.tools import ToolTable

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


_NAME = st.sampled_from(["roll", "damage", "weather"]) | st.text("abc :[]_é", min_size=1, max_size=8)
_ARGUMENTS = st.none() | st.text(max_size=8) | st.dictionaries(st.sampled_from(["skill", "dc", "target", "x"]), _VALUES)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_NAME, _ARGUMENTS), min_size=1, max_size=3), st.booleans())
def test_no_tool_call_is_ever_lost(calls: list[tuple[str, object]], as_json: bool) -> None:
    """Each call stands in the answer, with all that it was given."""
    written = [
        {"function": {"name": name, "arguments": json.dumps(given) if as_json and given is not None else given}}
        for name, given in calls
    ]
    record = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": written}]}
    origin = Origin("it", ToolTable.shipped(), Rules.shipped())
    try:
        row = row_of(record, shape_of(record, {}), Place("it.jsonl"), origin).row
    except BadRecord:
        return
    assert row.calls >= len(calls)
    said = row.answer.casefold()
    for name, arguments in calls:
        assert name.strip().casefold() in said
        for value in arguments.values() if isinstance(arguments, dict) else ():
            if isinstance(value, str | int) and not isinstance(value, bool):
                assert json.dumps(value, ensure_ascii=False).strip('"').strip().casefold() in said


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["it.json", "it.csv", "it.tsv", "it.parquet", "it.jsonl"]))
def test_no_bytes_make_reading_fail_or_fall_silent(folder: Path, content: bytes, name: str) -> None:
    path = folder / name
    path.write_bytes(content)
    found = read(path)
    assert found or name.endswith("sv")  # a table of columns without a row
