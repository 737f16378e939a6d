"""Columns made by hand: the same as Arrow makes of the same values, and pandas is not loaded for them."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.chat.messages import Message
from studio.dataset import columns
from studio.dataset.columns import ColumnTooLong, column
from studio.dataset.rows import SCHEMA, Kind, Place, Row, rows_in, table_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.sampled_from(["system", "user", "assistant"])
MESSAGES = st.builds(Message, NAMES, TEXT, st.none() | st.integers(0, 2**31 - 1), st.booleans())
ROWS = st.builds(
    Row,
    st.sampled_from(Kind),
    TEXT,
    st.builds(Place, TEXT, st.integers(-(2**63), 2**63 - 1)),
    st.lists(MESSAGES, max_size=4).map(tuple),
    TEXT,
    st.none() | TEXT,
    st.integers(0, 2**31 - 1),
    st.booleans(),
    st.none() | TEXT,
    st.dictionaries(TEXT, st.lists(TEXT, max_size=3).map(tuple), max_size=2),
)
PROGRAM = """
import sys
from pathlib import Path
import pyarrow as pa
from studio.chat.messages import Message
from studio.dataset.columns import column
from studio.dataset.examined import Examined, Wanted, counted, decided_by, open_table, pick, write_table
from studio.dataset.rows import Kind, Place, Row, table_of
from studio.dataset.verdicts import By, Decision, Verdict

pa.array([1]) if sys.argv[1] == "twin" else None
row = Row(Kind.PLAY, "s", Place("p"), (Message("user", "a"),), "g")
table_of([row])
column(pa.float64(), [0.5])
verdict = Verdict(row.key, By.PERSON, Decision.BIN)
path = Path(sys.argv[2]) / "examined.arrow"
write_table(path, [Examined(row, verdict, (verdict,), ())])
table = decided_by(open_table(path), {row.key: verdict})
for wanted in (Wanted(), Wanted(text="a"), Wanted(order="decision"), Wanted(decision="bin")):
    assert pick(table, wanted).to_pylist() == [0]
assert counted(table, "decision") == {"bin": 1}
print("pandas" in sys.modules)
"""


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.string(), ["", None, "ä€𝄞", "b"]),
        (pa.string(), []),
        (pa.bool_(), [True, None, *[False, True] * 9]),
        (pa.int32(), [None, 1, -(2**31), 2**31 - 1]),
        (pa.int64(), [2**62 + 1, None, -5]),
        (pa.float64(), [0.1, None, float("inf")]),
    ],
)
def test_a_column_is_as_arrow_makes_it(kind: pa.DataType, values: list[object]) -> None:
    made = column(kind, values)
    made.validate(full=True)
    assert made.equals(pa.array(values, kind)) and made.null_count == values.count(None)


@given(st.lists(ROWS, max_size=6))
def test_a_table_of_rows_is_as_arrow_makes_it_and_comes_back(rows: list[Row]) -> None:
    table = table_of(rows)
    assert table.schema.equals(SCHEMA)
    told = [
        [
            {"role": one.role, "content": one.content, "turn": one.turn_index, "trained": one.trained}
            for one in row.messages
        ]
        for row in rows
    ]
    assert table.column("messages").combine_chunks().equals(pa.array(told, SCHEMA.field("messages").type))
    assert list(rows_in(table)) == rows


def test_many_rows_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.dataset.rows._PART", 2)
    rows = [Row(Kind.PLAY, "s", Place("p", at), (Message("user", str(at)),), "g") for at in range(5)]
    table = table_of(iter(rows))
    assert table.column("line").num_chunks == 3 and list(rows_in(table)) == rows


def test_what_one_column_cannot_count_is_an_error_and_no_wrong_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_LARGEST", 5)
    assert len(column(pa.string(), ["abc", "de"])) == 2
    with pytest.raises(ColumnTooLong):
        column(pa.string(), ["abc", "def"])


def test_numbers_past_their_kind_are_an_error() -> None:
    with pytest.raises(OverflowError):
        column(pa.int32(), [2**31])


@pytest.mark.parametrize(("how", "loaded"), [("", "False"), ("twin", "True")])
def test_pandas_is_not_loaded_by_a_build_nor_by_looking_at_rows(
    how: str, loaded: str, root: Path, tmp_path: Path
) -> None:
    if importlib.util.find_spec("pandas") is None:  # the training part of the set-up brings it
        pytest.skip("pandas is not installed")
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, str(tmp_path)], capture_output=True, text=True, cwd=root
    )
    assert ended.stdout.strip() == loaded, ended.stderr
