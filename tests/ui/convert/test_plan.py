"""What is told before a conversion: every quantisation, what fits, and what was given up."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.ui.convert.plan import LEAST_GB, MOST_GB, STEPS, Wishes, device_rows, offer, room_at, step_of

PHONE = Wishes("phone", 2.0, 4096)


@pytest.fixture(scope="module")
def run(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the starter."""
    folder = tmp_path_factory.mktemp("runs") / "2026-11-21-tavern-train"
    folder.mkdir()
    (folder / "config.yaml").write_text(f"base: {starter}\n", "utf-8")
    return folder


def test_the_choices_have_true_sizes_and_the_narrow_rows_are_told(run: Path, tmp_path: Path) -> None:
    found = offer(run, PHONE, tmp_path)
    rows = {choice.name: choice for choice in found.choices}
    assert len(rows) > 30 and sum(choice.usual for choice in found.choices) == 7
    packed = rows["Q4_K_M"]
    assert (packed.size, packed.bits, packed.wider, packed.fits) == ("101 MB", "6.17", "181/211", True)
    assert "181" in packed.note and rows["F16"].note == ""
    assert not rows["IQ2_XXS"].ready and packed.ready
    assert found.sizes["Q4_K_M"] == pytest.approx(105.4e6, rel=0.02)


def test_what_fits_is_picked_and_what_does_not_is_marked(run: Path, tmp_path: Path) -> None:
    wide, narrow = offer(run, PHONE, tmp_path), offer(run, replace(PHONE, room_gb=0.25), tmp_path)
    assert wide.picked is not None and all(choice.fits for choice in wide.choices)
    assert any("shortened" in line for line in narrow.told), narrow.told
    assert not all(choice.fits for choice in narrow.choices)
    nothing = offer(run, replace(PHONE, room_gb=0.1), tmp_path)
    assert nothing.picked is None and "Nothing fits" in nothing.told[0]


def test_with_an_importance_matrix_every_row_can_be_made(run: Path, tmp_path: Path) -> None:
    assert all(choice.ready for choice in offer(run, replace(PHONE, importance=True), tmp_path).choices)


def test_a_base_that_is_gone_leaves_the_table_without_figures_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("base: /nowhere.gguf\n", "utf-8")
    found = offer(tmp_path, PHONE, tmp_path)
    assert {choice.size for choice in found.choices} == {"–"} and "/nowhere.gguf" in found.trouble


def test_the_slider_goes_through_all_devices_and_back() -> None:
    assert room_at(0) == LEAST_GB and room_at(STEPS) == MOST_GB
    for row in device_rows():
        assert room_at(step_of(row.wishes.room_gb)) == pytest.approx(row.wishes.room_gb, rel=0.01)
    assert step_of(0.0) == 0 and step_of(1e9) == STEPS
