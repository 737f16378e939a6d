"""Folders of strangers, opened as training and converting do: no code, no process, no socket, our errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.jobs.protocol import Fields
from tests.workers.evil import ADAPTERS, MODELS, RUNS

pytestmark = pytest.mark.native
BITES = ("auto_map", "pickle beside")


def opened(root: Path, place: Path, *rows: str) -> list[Fields]:
    """What the child tells of the folders, those named with the defence removed."""
    more = {"PYTHONPATH": str(root), "HF_MODULES_CACHE": str(place / "modules"), "HF_HOME": str(place / "home")}
    child = [sys.executable, str(Path(__file__).with_name("evil_child.py")), str(place), *rows]
    done = subprocess.run(child, capture_output=True, text=True, timeout=300, check=True, env={**os.environ, **more})
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_nothing_of_a_strangers_folder_runs(root: Path, tmp_path: Path) -> None:
    rows = opened(root, tmp_path)
    assert len(rows) == len(MODELS) + len(ADAPTERS) + len(RUNS) >= 60
    assert [row for row in rows if row["seen"] or row["marked"]] == []
    assert [row for row in rows if str(row["came"]).partition(" ")[0] != row["expected"]] == []


def test_the_audit_sees_what_would_run(root: Path, tmp_path: Path) -> None:
    """The twin: the same folders, and the libraries told to trust them."""
    rows = {row["name"]: row for row in opened(root, tmp_path, *BITES)}
    assert rows["auto_map"]["marked"]
    assert any("evil" in seen for seen in rows["auto_map"]["seen"])  # type: ignore[union-attr]  # a list of texts
    assert rows["pickle beside"]["marked"]
    assert "os.system" in rows["pickle beside"]["seen"]  # type: ignore[operator]  # the same
