"""Owns the corrections of a workspace that every model is asked again: the file of cases and the suite that names it.

`suites/regressions.jsonl` has a correction a line, `suites/regressions.yaml` is a suite like any other and is made
once; what somebody wrote there stays. Knows no engine.
"""

from pathlib import Path

from studio.files import save_atomic
from studio.play.corrections import Correction, read_corrections
from studio.play.said import append

SUITE, CASES = "suites/regressions.yaml", "suites/regressions.jsonl"
_TEXT = """\
# Replies that were corrected in Play, asked again of every model: `lorewright evaluate MODEL --suite regressions`.
format: 1
title: Corrected replies
seed: 0
parts:
  - kind: corrections
"""


def keep_case(root: Path, correction: Correction) -> bool:
    """Keeps a correction as a case of the workspace's suite `regressions`; False where it is one already.

    Raises NotSaved or what reading a text raises.
    """
    path, suite = root / CASES, root / SUITE
    if correction in read_corrections(path).corrections:
        return False
    append(path, correction)
    if not suite.exists():
        save_atomic(suite, _TEXT)
    return True
