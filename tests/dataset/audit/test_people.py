"""What people say of rows: the last word counts, can be taken back, and a torn line loses nothing else."""

import datetime
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.cli import main
from studio.dataset.audit.people import PeopleFile
from studio.dataset.verdicts import Decision

KEEP, FLAG, BIN = Decision.KEEP, Decision.FLAG, Decision.BIN
NOON = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)


def test_the_last_word_counts_and_every_word_is_kept(tmp_path: Path) -> None:
    people = PeopleFile(tmp_path, lambda: NOON)
    people.add("a", BIN, "chatter")
    people.add("b", KEEP)
    people.add("a", KEEP, "no, it is good")
    read = people.read()
    assert {key: verdict.decision for key, verdict in read.items()} == {"a": KEEP, "b": KEEP}
    assert "no, it is good" in read["a"].reasons[0].sentence
    lines = [json.loads(line) for line in (tmp_path / "datasets" / "verdicts.jsonl").read_text().splitlines()]
    assert [line["decision"] for line in lines] == ["bin", "keep", "keep"]
    assert lines[0]["when"] == "2026-11-21T12:00:00+00:00"


def test_undo_goes_back_word_by_word(tmp_path: Path) -> None:
    people = PeopleFile(tmp_path)
    assert people.undo("a") is None
    assert not people.path.exists()
    for decision in (BIN, KEEP, FLAG):
        people.add("a", decision)
    assert [people.undo("a") for _turn in range(4)] == [KEEP, BIN, None, None]
    assert people.read() == {}
    people.add("a", KEEP)
    assert people.read()["a"].decision is KEEP


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([KEEP, FLAG, BIN, None, "undo"])), max_size=12))
def test_it_is_a_stack_for_each_row(tmp_path_factory, deeds) -> None:
    people = PeopleFile(tmp_path_factory.mktemp("people"))
    stacks: dict[str, list[Decision | None]] = {"a": [], "b": []}
    for key, deed in deeds:
        if deed == "undo":
            stacks[key] = stacks[key][:-1]
            people.undo(key)
        else:
            stacks[key].append(deed)
            people.add(key, deed)
    expected = {key: stack[-1] for key, stack in stacks.items() if stack and stack[-1] is not None}
    assert {key: verdict.decision for key, verdict in people.read().items()} == expected


def test_a_torn_line_loses_only_itself(tmp_path: Path) -> None:
    """The twin: written on at the end of the torn line, the next verdict is lost with it."""
    people = PeopleFile(tmp_path)
    people.add("a", BIN)
    people.add("b", BIN)
    torn = people.path.read_bytes()[:-20]
    people.path.write_bytes(torn)
    assert set(people.read()) == {"a"}
    people.add("c", KEEP)
    assert set(people.read()) == {"a", "c"}
    people.path.write_bytes(torn + b'{"format": 1, "key": "c", "decision": "keep"}\n')
    assert set(people.read()) == {"a"}


def test_lines_that_are_no_verdicts_are_left_out(tmp_path: Path) -> None:
    people = PeopleFile(tmp_path)
    people.add("a", BIN)
    with people.path.open("ab") as stream:
        stream.write(b'[]\n{"format": 2}\n\xff\xfe\n{"key": "a", "decision": "maybe"}\nnull\n' + b"[" * 100_000 + b"\n")
    people.add("b", KEEP)
    assert set(people.read()) == {"a", "b"}


def test_the_command_records_and_takes_back(tmp_path: Path, capsys) -> None:
    def say(*words: str) -> str:
        assert main(["data", "--workspace", str(tmp_path), "--format", "json", "verdict", *words]) == 0
        return str(json.loads(capsys.readouterr().out)["decision"])

    assert say("0123456789abcdef0123", "bin", "--note", "a guess") == "bin"
    assert say("0123456789abcdef0123", "keep") == "keep"
    assert say("0123456789abcdef0123", "undo") == "bin"
    assert "a guess" in PeopleFile(tmp_path).read()["0123456789abcdef0123"].reasons[0].sentence
    assert say("0123456789abcdef0123", "undo") == "None"


def test_many_rows_are_decided_and_taken_back_together(tmp_path: Path) -> None:
    people = PeopleFile(tmp_path)
    people.add("a", Decision.KEEP)
    people.add_all(("a", "b", "c"), Decision.BIN, "Off.")
    assert {key: one.decision for key, one in people.read().items()} == dict.fromkeys("abc", Decision.BIN)
    assert people.undo_all(("a", "b", "none")) == {"a": Decision.KEEP, "b": None, "none": None}
    assert {key: one.decision for key, one in people.read().items()} == {"a": Decision.KEEP, "c": Decision.BIN}
    people.add_all((), Decision.KEEP)
    assert len(people.said()) == 6
