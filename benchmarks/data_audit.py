"""Measures the heuristic audit on planted rows: what it finds, how fast it is and how much memory it takes. JSON.

Run: `python benchmarks/data_audit.py [found|speed …] [--rows N] [--processes N] [--seed N] [--missed]`. `found` audits
20,000 rows and counts, by defect, how many of those that were planted it names (recall) and how many of those that it
names were planted (precision), and how many of the planted are named for whatever reason (noticed); a copy counts when
it is in one cluster with its model and one of the two is binned.
`speed` audits 100,000 rows; its baseline, in the same run and on the same rows, finds exact duplicates only.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil
from planted import Pair, pairs

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.dataset.audit.audit import Audited, audit
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.audit.sketches import exact_number
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind, Place, Row

FOUND_BY = {
    "duplicate": {"duplicate", "near-duplicate"},
    "near-duplicate": {"duplicate", "near-duplicate"},
    "language": {"language"},
    "empty": {"empty-answer"},
    "short": {"short-answer"},
    "repetition": {"repetition", "repeated-lines", "compression"},
    "chatter": {"chatter"},
    "hedging": {"hedging"},
    "refusal": {"refusal"},
    "contact": {"contact"},
    "secret": {"secret"},
    "encoding": {"encoding"},
    "template": {"template-token"},
    "system-echo": {"system-echo"},
    "player-line": {"player-line"},
    "player-voice": {"player-voice"},
}
COPIES = ("duplicate", "near-duplicate")
SHARED = {
    "player-line": {"template-token"},
    "template": {"player-line"},
    "empty": {"short-answer"},
    "refusal": {"hedging"},
    "contact": {"chatter"},
}
"""Codes that a defect may well have beside its own: a turn that goes on is both, and “add me” is chatter, too."""


def row(pair: Pair) -> Row:
    opening = [Message(SYSTEM, pair.system)] if pair.system else []
    said = (*opening, Message(USER, pair.prompt), Message(ASSISTANT, pair.answer, trained=True))
    return Row(Kind.PAIR, "planted", Place("planted.jsonl", pair.number + 1), said, f"planted:{pair.number}")


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def found(count: int, seed: int, processes: int, shows: bool) -> dict[str, object]:
    """Recall and precision, by defect and in all; by bank where there are two."""
    planted = list(pairs(count, seed))
    rows = [row(pair) for pair in planted]
    audited = audit(rows, AuditSettings(), Path(), processes=processes)
    named = [{reason.code for reason in audited.verdicts[one.key].reasons} for one in rows]
    keys = [one.key for one in rows]
    caught = [_caught(pair, named, keys, audited) for pair in planted]
    kinds: dict[str, object] = {}
    for kind, codes in FOUND_BY.items():
        of_kind = [number for number, pair in enumerate(planted) if pair.planted == kind]
        wrong = _wrongly(kind, codes, planted, named)
        right = sum(caught[number] for number in of_kind)
        kinds[kind] = {
            "planted": len(of_kind), "recall": share(right, len(of_kind)), "wrongly": len(wrong),
            "precision": share(right, right + len(wrong)),
            "noticed": share(sum(bool(named[n]) or caught[n] for n in of_kind), len(of_kind)),
            **_banks(of_kind, planted, caught),
        }  # fmt: skip
        if shows:
            _show(kind, [planted[n] for n in of_kind if not caught[n]], [planted[n] for n in wrong], audited)
    defects = [number for number, pair in enumerate(planted) if pair.planted]
    binned = [n for n, codes in enumerate(named) if codes and not (planted[n].planted or _is_model(n, planted, named))]
    right = sum(caught[number] for number in defects)
    whole = {"recall": share(right, len(defects)), **_held_back(defects, planted, caught),
             "precision": share(right, right + len(binned))}  # fmt: skip
    return {"rows": count, "planted": len(defects), **whole, "clean_rows_named": len(binned), "by_defect": kinds}


def _caught(pair: Pair, named: list[set[str]], keys: list[str], audited: Audited) -> bool:
    if pair.planted is None:
        return False
    codes = FOUND_BY[pair.planted]
    if pair.planted not in COPIES:
        return bool(named[pair.number] & codes)
    assert pair.of is not None
    one, other = keys[pair.number], keys[pair.of]
    together = one == other or audited.clusters.get(one, "") == audited.clusters.get(other, "-")
    return together and (one == other or bool(named[pair.number] & codes) != bool(named[pair.of] & codes))


def _is_model(number: int, planted: list[Pair], named: list[set[str]]) -> bool:
    """Whether a clean row is only named as the twin of a copy of it, which is kept in its place."""
    return named[number] <= FOUND_BY["duplicate"] and any(pair.of == number for pair in planted)


def _wrongly(kind: str, codes: set[str], planted: list[Pair], named: list[set[str]]) -> list[int]:
    fits = {kind, *(other for other, theirs in SHARED.items() if theirs & codes), *(COPIES if kind in COPIES else ())}
    suspects = [n for n, pair in enumerate(planted) if named[n] & codes and pair.planted not in fits]
    return [n for n in suspects if kind not in COPIES or not (_is_model(n, planted, named) or _equal(n, planted))]


def _equal(number: int, planted: list[Pair]) -> bool:
    """An empty or short answer to the same question is an honest duplicate."""
    return planted[number].planted in ("empty", "short", "refusal")


def _banks(of_kind: Iterable[int], planted: list[Pair], caught: list[bool]) -> dict[str, float]:
    banks: dict[str, list[bool]] = defaultdict(list)
    for number in of_kind:
        banks[planted[number].bank].append(caught[number])
    return {f"recall_{bank}": share(sum(all_of), len(all_of)) for bank, all_of in sorted(banks.items()) if bank}


def _held_back(defects: list[int], planted: list[Pair], caught: list[bool]) -> dict[str, float]:
    """Recall without the sentences that were held back from the lists, and of those alone."""
    held = [number for number in defects if planted[number].bank == "unseen"]
    rest = [number for number in defects if planted[number].bank != "unseen"]
    return {
        "recall_without_unseen": share(sum(caught[n] for n in rest), len(rest)),
        "recall_unseen": share(sum(caught[n] for n in held), len(held)),
    }


def _show(kind: str, missed: list[Pair], wrong: list[Pair], audited: Audited) -> None:
    for pair in missed[:12]:
        print(f"MISSED {kind}: {pair.bank} {pair.prompt!r} -> {pair.answer!r}", file=sys.stderr)
    for pair in wrong[:8]:
        reasons = [(one.code, one.sentence) for one in audited.verdicts[row(pair).key].reasons]
        print(f"WRONG {kind}: {pair.planted} {pair.answer!r} {reasons}", file=sys.stderr)


class Memory(threading.Thread):
    """The most memory that this process and all below it took together, in MB; what they share counts once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0.0
        self._end = threading.Event()

    def run(self) -> None:
        me = psutil.Process()
        while not self._end.wait(0.2):
            try:
                taken = sum(one.memory_full_info().pss for one in (me, *me.children(recursive=True)))
            except psutil.Error:
                continue
            self.most = max(self.most, taken / 2**20)

    def stop(self) -> float:
        self._end.set()
        self.join()
        return round(self.most)


def speed(count: int, seed: int, processes: int) -> dict[str, object]:
    """Rows a second and memory; the rows are made beforehand, so their memory counts and their making does not."""
    rows = [row(pair) for pair in pairs(count, seed)]
    letters = sum(len(one.prompt) + len(one.answer) for one in rows)
    memory = Memory()
    memory.start()
    begin, cpu = time.perf_counter(), _processor()
    audited = audit(iter(rows), AuditSettings(), Path(), processes=processes)
    taken, cpu = time.perf_counter() - begin, _processor() - cpu
    most = memory.stop()
    begin = time.perf_counter()
    exact = Counter(exact_number(Sight(Talk.of(one))) for one in rows)
    baseline = time.perf_counter() - begin
    return {
        "rows": count, "letters_a_row": round(letters / count), "processes": processes,
        "seconds": round(taken, 2), "rows_a_second": round(count / taken),
        "processor_seconds": round(cpu, 2), "rows_a_second_by_processor_on_2_cores": round(2 * count / cpu),
        "memory_mb": most, "load": os.getloadavg()[0], "reasons": audited.counts,
        "baseline": {"what": "exact duplicates only, one process", "seconds": round(baseline, 2),
                     "rows_a_second": round(count / baseline), "found": count - len(exact)},
    }  # fmt: skip


def _processor() -> float:
    """Seconds of processor time of this process and of the children that have ended."""
    return sum(os.times()[:4])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["found", "speed"])
    parser.add_argument("--rows", type=int)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--missed", action="store_true")
    asked = parser.parse_args()
    result: dict[str, object] = {}
    if "found" in asked.what:
        result["found"] = found(asked.rows or 20_000, asked.seed, asked.processes, asked.missed)
    if "speed" in asked.what:
        result["speed"] = speed(asked.rows or 100_000, asked.seed, asked.processes)
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
