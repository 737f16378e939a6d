"""Coverage, weights and split of the samples that ship."""

from collections import Counter
from pathlib import Path

import pytest

from studio.dataset.coverage import coverage
from studio.dataset.description import Description, SourceSettings, SplitSettings
from studio.dataset.enough import Curves
from studio.dataset.rows import Row
from studio.dataset.sources import read_sources
from studio.dataset.splitting import split
from studio.dataset.targets import gaps, targets_for
from studio.dataset.weighting import draws, weights
from studio.dataset.writing_plan import to_write
from studio.resources import samples

SOURCE = SourceSettings.model_validate({"name": "core", "scenarios": samples(), "weight": 5})


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    description = Description(sources=(SOURCE,))
    return [one for one in read_sources(description, samples()) if isinstance(one, Row)]


def test_every_call_in_the_files_is_counted(rows: list[Row]) -> None:
    found = coverage(rows)
    texts = [path.read_text(encoding="utf-8") for path in samples().rglob("*.md") if not path.name.startswith("held-")]
    assert found.rows == len(texts)
    for tool in ("roll", "damage", "level up", "end combat"):
        assert found.count("tool", tool) == sum(text.count(f"[{tool}") for text in texts)
    assert found.total("outcome") == sum(text.count("*SUCCESS*") + text.count("*FAILED*") for text in texts)
    assert found.total("tool") == sum(row.calls for row in rows)
    assert found.total("type") == len(texts)


def test_what_is_missing_can_be_written(rows: list[Row]) -> None:
    found, curves = coverage(rows), Curves.shipped()
    missing = gaps(found, targets_for({"skill": {"persuasion": 40}}, found, curves), curves)
    assert missing[0].need >= missing[-1].need > 0
    written = to_write(missing, 50, found)
    assert any(skill == "persuasion" for one in written for skill, _count in one.checks)


def test_rare_tools_are_drawn_more_often(rows: list[Row]) -> None:
    by_key = weights(rows, [SOURCE]).by_key
    counted = Counter[str]()
    for place in draws([by_key[row.key] for row in rows], seed=1, length=1000):
        counted.update(rows[place].facts["tool"])
    found = coverage(rows)
    before, after = (n["level up"] / n["roll"] for n in (found.counts["tool"], counted))
    assert after > before


def test_a_tenth_validates_and_does_not_leak(rows: list[Row]) -> None:
    found = split(rows, {}, SplitSettings())
    assert 5 <= len(found.validation) <= 8
    types = Counter(Path(row.place.path).parent.name for row in rows if row.key in found.validation)
    assert len(types) == 4
    assert found.leakage.leaking == 0
    assert found.leakage.worst < 0.1
