"""The tables of docs/architecture.md: every file and test that they name exists, and no row is left open."""

import re
from pathlib import Path

import pytest

_PATH = re.compile(r"`((?:studio|tests|resources|docs|sample_scenarios|benchmarks)/[\w./-]*)`")
_TEST = re.compile(r"`(tests/[\w./-]+\.py)`(?: \(([^)]*)\))?")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "architecture.md").read_text(encoding="utf-8")


def _rows(page: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]


def test_every_path_exists(page: str, root: Path) -> None:
    named = _PATH.findall(page)
    assert len(named) > 100
    assert [path for path in named if not (root / path).exists()] == []


def test_every_named_test_exists(page: str, root: Path) -> None:
    named = [(path, name) for path, names in _TEST.findall(page) for name in re.findall(r"`(test_\w+)`", names)]
    assert named
    absent = [(path, name) for path, name in named if f"def {name}(" not in (root / path).read_text(encoding="utf-8")]
    assert absent == []


def test_no_row_is_left_open(page: str) -> None:
    promises = page[page.index("# Where the domain's promises are kept") :]
    assert [row[0] for row in _rows(promises) if not all(row)] == []
    assert "planned for" not in page
