"""The table that a person looks at: what Arrow picks is what a plain loop would; damaged files are said."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.chat.messages import Message
from studio.dataset.examined import (
    BadTable,
    Examined,
    Wanted,
    counted,
    decided_by,
    example_at,
    open_table,
    pick,
    place_of_key,
    write_table,
)
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.verdicts import By, Decision, Reason, Verdict
from studio.errors import PathMissing

WORDS = ("Salt", "gate", "heron", "ünder", "[roll: stealth]")


def made(count: int) -> list[Examined]:
    chance = random.Random(3)
    rows = []
    for number in range(count):
        said = Message("user", f"{number} {' '.join(chance.choices(WORDS, k=3))}")
        answer = Message("assistant", " ".join(chance.choices(WORDS, k=chance.randint(1, 9))), trained=True)
        kind, source = chance.choice((Kind.PAIR, Kind.SCENARIO)), chance.choice(("ours", "theirs"))
        row = Row(kind, source, Place("a.jsonl", number + 1), (said, answer), str(number), calls=number % 3)
        decision = chance.choice(tuple(Decision))
        reasons = () if decision is Decision.KEEP else (Reason(f"code{number % 2}", f"Because {number}.", decision),)
        verdict = Verdict(row.key, By.HEURISTICS, decision, reasons)
        rows.append(Examined(row, verdict, (verdict,), (("skill", chance.choice(("stealth", "arcana"))),)))
    return rows


ROWS = made(2500)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "examined-1.arrow"
    assert write_table(path, ROWS) == len(ROWS)
    return path


def looped(rows: Sequence[Examined], wanted: Wanted) -> list[int]:
    """What the filters mean, row by row."""
    return [
        place
        for place, one in enumerate(rows)
        if wanted.decision in ("", one.verdict.decision.value)
        and wanted.source in ("", one.row.source)
        and wanted.kind in ("", one.row.kind.value)
        and (not wanted.reason or wanted.reason in [reason.code for reason in one.verdict.reasons])
        and (wanted.mark is None or wanted.mark in one.marks)
        and any(wanted.text.lower() in message.content.lower() for message in one.row.messages)
    ]


@given(
    text=st.sampled_from(["", "salt", "HERON", "[roll:", "7 ", "ÜNDER", "none at all"]),
    decision=st.sampled_from(["", "keep", "flag", "bin"]),
    source=st.sampled_from(["", "ours"]),
    kind=st.sampled_from(["", "pair"]),
    reason=st.sampled_from(["", "code1"]),
    mark=st.sampled_from([None, ("skill", "stealth"), ("skill", "steal")]),
)
def test_what_is_picked_is_what_the_filters_say(
    path: Path, text: str, decision: str, source: str, kind: str, reason: str, mark: tuple[str, str] | None
) -> None:
    wanted = Wanted(text, decision, source, kind, reason, mark)
    assert pick(open_table(path), wanted).to_pylist() == looped(ROWS, wanted)


def test_rows_are_ordered_by_number_and_by_sternness(path: Path) -> None:
    table = open_table(path)
    lengths = [sum(len(one.content.split()) for one in ROWS[place].row.messages)
               for place in pick(table, Wanted(order="length", descending=True)).to_pylist()]  # fmt: skip
    assert lengths == sorted(lengths, reverse=True)
    found = [ROWS[place].verdict.decision.value for place in pick(table, Wanted(order="decision")).to_pylist()]
    assert found == sorted(found, key=("bin", "flag", "keep").index)


def test_a_row_comes_back_whole_with_every_voice(path: Path) -> None:
    table = open_table(path)
    row, voices = example_at(table, 1234)
    assert row == ROWS[1234].row and voices == ROWS[1234].voices
    assert place_of_key(table, row.key) == 1234 and place_of_key(table, "none") == -1


def test_counts_and_a_person_s_word(path: Path) -> None:
    table = open_table(path)
    assert sum(counted(table, "decision").values()) == len(ROWS)
    binned = sum(any(one.code == "code1" for one in row.verdict.reasons) for row in ROWS)
    assert counted(table, "reasons")["code1"] == binned
    key = next(one.row.key for one in ROWS if one.verdict.decision is Decision.KEEP)
    ruled = decided_by(table, {key: Verdict(key, By.PERSON, Decision.BIN, (Reason("person", "No.", Decision.BIN),))})
    place = place_of_key(ruled, key)
    assert place in pick(ruled, Wanted(decision="bin")).to_pylist()
    assert ruled.column("why")[place].as_py() == "No."
    assert counted(ruled, "decision")["keep"] == counted(table, "decision")["keep"] - 1


def test_no_row_is_a_table_too(tmp_path: Path) -> None:
    write_table(tmp_path / "none.arrow", ())
    table = open_table(tmp_path / "none.arrow")
    assert pick(table, Wanted(text="x", order="length")).to_pylist() == [] and counted(table, "reasons") == {}


def test_a_damaged_or_missing_table_is_said(path: Path, tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        open_table(tmp_path / "no.arrow")
    torn = tmp_path / "torn.arrow"
    for content in (b"", b"ARROW1", path.read_bytes()[:-40], path.read_bytes()[: 1 << 12]):
        torn.write_bytes(content)
        with pytest.raises(BadTable):
            open_table(torn)
