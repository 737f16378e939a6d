"""Learning from pairs of answers: the loss is the formula's, the chosen answer gains, and a run goes on bit by bit."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.workers.conftest import Forked

torch = pytest.importorskip("torch")

BASE = "You are the Dungeon Master.\n\n# Party\n\n## Wren\n- Player Character\n- Ranger\n- Health: 24/26\n"


def correction(n: int, chosen: str, rejected: str) -> dict[str, object]:
    """One line of corrections.jsonl."""
    asked = {"role": "user", "content": f"I keep low at the {n}. post."}
    messages = [{"role": "system", "content": BASE}, asked]
    return {"format": 1, "session": f"s{n % 2}", "turn": 1, "messages": messages, "chosen": chosen,
            "rejected": rejected, "state": {}}  # fmt: skip


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def corrections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pairs, and three that are none."""
    rows = [correction(n, f"The {n}. plank holds.\n\n[roll: stealth]", f"You slip on plank {n}.") for n in range(4)]
    rows.append(correction(5, "The same.", " The same. "))
    rows.append(correction(6, "The lamp swings on.", "  "))
    rows.append({**correction(7, "A", "B"), "turn": "seven"})
    return written(tmp_path_factory.mktemp("play") / "corrections.jsonl", rows)


@pytest.fixture
def dpo(corrections: Path) -> dict[str, object]:
    return {"objective": "dpo", "preferences": str(corrections), "scenarios": [], "beta": 0.5,
            "lora": {"rank": 4, "alpha": 8, "dropout": 0.0}, "precision": "fp32", "early_stopping": None}  # fmt: skip


def test_a_run_prefers_what_was_chosen_and_goes_on_bit_by_bit(forked: Forked, dpo: dict[str, object]) -> None:
    ended = forked.start("pairs", dpo)
    assert ended["ended"] == "done", ended
    report = ended["report"]
    assert report["first_loss"] == pytest.approx(math.log(2), abs=1e-4), "nothing is preferred before the first step"
    assert report["last_loss"] < math.log(2) and report["preference"]["accuracy"] > 0.5
    told = [event for event in ended["events"] if event["event"] == "preference"]
    assert [event["step"] for event in told] == list(range(1, 8))
    assert told[0]["margin"] == pytest.approx(0, abs=1e-4) and told[-1]["margin"] > 0.1 and told[-1]["accuracy"] == 1
    assert report["files"]["examples"] == 4
    reasons = [row["reason"] for row in report["files"]["refused"]]
    assert len(reasons) == 3 and "the same" in reasons[0] and "empty" in reasons[1] and "turn" in reasons[2]
    assert forked.start("cut", dpo, die="backward:12")["ended"] == "SIGKILL"
    assert forked.resume("cut")["ended"] == "done"
    assert forked.outcome("cut") == forked.outcome("pairs")
