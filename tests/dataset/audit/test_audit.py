"""The run: verdicts that do not depend on the number of processes, nothing left running, and what is kept of copies."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from studio.chat.messages import ASSISTANT, USER, Message
from studio.dataset.audit.audit import audit
from studio.dataset.audit.hands import Hands
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.verdicts import Decision
from studio.errors import Cancelled

LONG = "The {} guards the north gate of the salt town and lets nobody pass who has not paid {} silver to the old reeve."
NAMES = ("heron", "smith", "abbot", "ferryman", "tinker", "poacher", "cook", "widow")


def row(prompt: str, answer: str, source: str = "scraped", line: int = 1) -> Row:
    said = (Message(USER, prompt), Message(ASSISTANT, answer, trained=True))
    return Row(Kind.PAIR, source, Place(f"{source}.jsonl", line), said, f"{source}:{line}")


def many(count: int) -> list[Row]:
    """Rows of which every tenth is a copy with other marks, and every fourteenth a forum's."""
    rows = []
    for number in range(count):
        words = " ".join(f"{NAMES[number * step % 8]}{number * step % 97}" for step in range(1, 40))
        copied = number % 10 == 9
        answer = rows[-1].answer.upper() if copied else words + (" lol" if number % 14 == 0 else "")
        rows.append(
            row("What now?" if copied else f"What of {number}?" if number % 2 else "What now?", answer, line=number)
        )
    return rows


def hands_at_work() -> list[psutil.Process]:
    """The processes that `Hands` started and that are there still; Python's own helper for them lives as long as we."""
    return [child for child in psutil.Process().children() if "resource_tracker" not in " ".join(child.cmdline())]


def test_verdicts_are_the_same_with_any_number_of_processes() -> None:
    rows = many(900)
    one, two = (audit(rows, AuditSettings(), Path(), processes=processes) for processes in (1, 2))
    assert one == two
    assert one.rows == 900
    assert one.counts["chatter"] >= 60
    assert len(one.verdicts) + sum(1 for _key in one.chosen) >= 900 - one.counts["duplicate"]
    assert not hands_at_work()


def test_the_heavier_source_keeps_its_copy() -> None:
    answer = LONG.format("heron", 5)
    rows = [
        row("What?", answer + " Go.", "scraped"),
        row("What?", answer, "gold"),
        row("what", answer.upper(), "other"),
    ]
    audited = audit(rows, AuditSettings(), Path(), weights={"gold": 5.0, "scraped": 1.0}, processes=1)
    verdicts = [audited.verdicts[one.key] for one in rows]
    assert [verdict.decision for verdict in verdicts] == [Decision.BIN, Decision.KEEP, Decision.BIN]
    assert [verdict.reasons[0].code for verdict in (verdicts[0], verdicts[2])] == ["near-duplicate", "duplicate"]
    assert "gold.jsonl:1 (gold)" in verdicts[0].reasons[0].sentence
    assert set(audited.clusters) == {one.key for one in rows}
    assert set(audited.clusters.values()) == {min(one.key for one in rows)}


@pytest.mark.parametrize(("answer", "code"), [("{} Go.", "near-duplicate"), ("{}!", "duplicate")])
def test_of_equals_what_a_person_wrote_stays(answer: str, code: str) -> None:
    drafted = replace(row("What?", answer.format(LONG.format("heron", 5)), line=1), synthetic=True)
    written = row("What?", LONG.format("heron", 5), line=2)
    for rows in ([drafted, written], [written, drafted]):
        audited = audit(rows, AuditSettings(), Path(), processes=1)
        assert audited.verdicts[written.key].decision is Decision.KEEP
        assert audited.verdicts[drafted.key].reasons[0].code == code
    heavier = audit([drafted, replace(written, source="other")], AuditSettings(), Path(), weights={"scraped": 2.0})
    assert heavier.verdicts[drafted.key].decision is Decision.KEEP, "authority stands above"


def test_a_copy_that_is_binned_for_itself_is_not_the_one_kept() -> None:
    answer = LONG.format("heron", 5)
    rows = [row("What?", answer + " lol", "gold"), row("What?", answer, "scraped")]
    audited = audit(rows, AuditSettings(), Path(), weights={"gold": 5.0}, processes=1)
    assert audited.verdicts[rows[1].key].decision is Decision.KEEP


def test_the_very_same_row_twice_is_one_and_says_which_is_kept() -> None:
    answer = LONG.format("heron", 5)
    rows = [row("What?", answer, "silver", 1), row("What?", answer, "silver", 2), row("What?", answer, "gold", 3)]
    audited = audit(rows, AuditSettings(), Path(), weights={"gold": 5.0}, processes=1)
    assert (audited.rows, len(audited.verdicts), audited.counts) == (3, 1, {"duplicate": 2})
    assert audited.chosen == {rows[0].key: 2}


def test_rows_in_another_language_than_most_are_named() -> None:
    french = "Le gardien attaque toujours celui qui reste en arrière, et il ne pardonne rien à personne."
    rows = [row(f"What of {n}?", LONG.format(name, n)) for n, name in enumerate(NAMES)]
    rows.append(row("Et alors ?", french))
    named = audit(rows, AuditSettings(off=("near-duplicate",)), Path(), processes=1)
    assert [key for key, verdict in named.verdicts.items() if verdict.reasons] == [rows[-1].key]
    assert named.counts == {"language": 1}
    asked = audit(rows, AuditSettings(language="fr", off=("near-duplicate",)), Path(), processes=1)
    assert asked.counts == {"language": len(NAMES)}
    half = [*rows[:2], rows[-1], row("Quoi ?", french.replace("gardien", "vieux forgeron"))]
    assert audit(half, AuditSettings(off=("near-duplicate",)), Path(), processes=1).counts == {}


def test_canon_of_the_workspace_speaks(tmp_path: Path) -> None:
    (tmp_path / "canon.yaml").write_text("rules:\n  - {name: no-herons, must not mention: heron, action: flag}\n")
    rows = [row("What?", LONG.format("heron", 5))]
    audited = audit(rows, AuditSettings(canon=(Path("canon.yaml"),)), tmp_path, processes=1)
    assert audited.verdicts[rows[0].key].decision is Decision.FLAG
    off = audit(rows, AuditSettings(canon=(Path("canon.yaml"),), off=("canon:no-herons",)), tmp_path, processes=1)
    assert off.counts == {}


def test_a_stop_leaves_nothing_running() -> None:
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    with pytest.raises(Cancelled):
        audit(many(1600), AuditSettings(), Path(), stopped=stopped, processes=2)
    assert not hands_at_work()


def test_an_error_of_the_source_leaves_nothing_running() -> None:
    def broken() -> Iterator[Row]:
        yield from many(1200)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        audit(broken(), AuditSettings(), Path(), processes=2)
    assert not hands_at_work()


def test_a_process_that_dies_takes_nothing_with_it() -> None:
    with Hands(_doubled, 2) as hands:
        given = iter(range(40))
        results = hands.run(given)
        seen = [next(results) for _time in range(3)]
        for child in hands_at_work():
            child.kill()
        assert [*seen, *results] == [2 * number for number in range(40)]
    assert not hands_at_work()


def _doubled(number: int) -> int:
    return 2 * number


def test_the_works_own_error_comes_up() -> None:
    with pytest.raises(TypeError), Hands(_doubled_or_none, 1) as hands:
        list(hands.run([1, 2, None, 4]))
    assert not hands_at_work()


def _doubled_or_none(number: int | None) -> int:
    return json.loads(str(2 * number))  # type: ignore[operator,no-any-return]


def test_no_rows_are_no_trouble() -> None:
    audited = audit([], AuditSettings(), Path())
    assert (audited.verdicts, audited.clusters, audited.counts, audited.rows) == ({}, {}, {}, 0)


def test_very_long_rows_are_told_apart_and_looked_at_in_chunks_of_their_own() -> None:
    middle = "The reeve counts the silver twice and writes it down. " * 5_000
    start, end = ("A heron stands in the salt. " * 9_000, "The bell rings at the weir. " * 9_000)
    rows = [row("What?", f"{start}{middle}{mark}{middle}{end}", line=line) for line, mark in enumerate("ABA")]
    rows.append(row("Where?", "Mail to wren@example.org, at the north gate."))
    audited = audit(rows, AuditSettings(off=("near-duplicate",)), Path(), processes=1)
    assert len(audited.verdicts) == 3
    assert audited.clusters == {}
    assert audited.counts["contact"] == 1
