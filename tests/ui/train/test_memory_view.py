"""The picture of memory is the planner's forecast of what stands in the form, and says what would help."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from studio.jobs.ledger import Holder
from studio.training.catalogue import catalogue, find_model
from studio.training.config import read_config
from studio.training.memory import PARTS, forecast
from studio.training.remedies import remedies
from studio.training.room import DeviceRoom
from studio.ui.theme import Theme
from studio.ui.train import forecasting
from studio.ui.train.bases import BaseChoice
from studio.ui.train.forecasting import Outlook, outlook
from studio.ui.train.memory_view import MemoryView

GIB = 1 << 30
CARD = DeviceRoom("RTX 3050", "cuda", 4 * GIB, int(3.5 * GIB))


@pytest.fixture
def view(theme: Theme, delete: Callable[[QWidget], None]) -> Iterator[MemoryView]:
    made = MemoryView(theme)
    yield made
    delete(made)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a small card, on which nobody holds anything."""
    monkeypatch.setattr(forecasting, "room_for", lambda device, held=0: CARD.less(held))
    monkeypatch.setattr(forecasting, "holders", lambda: ())


def looked(name: str, **values: object) -> Outlook:
    model = find_model(name)
    found = outlook(
        BaseChoice(name, model.name, "", "", (), None, model), {"base": name, "scenarios": ["-"], **values}, ()
    )
    assert found is not None
    return found


def test_the_starters_header_is_read_and_the_parts_add_up(view: MemoryView, starter: Path) -> None:
    base = BaseChoice("starter", "Starter", "", "", (), starter, find_model("starter"))
    found = outlook(base, {"base": str(starter), "scenarios": ["-"]}, (starter,))
    assert found is not None and found.forecast is not None and found.device is not None
    view.show_outlook(found)
    shares = dict(view.bar.shares)
    assert sum(shares.values()) <= 1.001 and len(view.bar.shares) == len(PARTS) + 1
    assert view.figures["weights"].text() == "0.25 GB" and "GB free" in view.bar.accessibleName()
    assert view.verdict.isHidden() == found.forecast.fits


def test_what_the_planner_changed_is_said(view: MemoryView, card: None) -> None:
    view.show_outlook(looked("qwen2.5-1.5b", profile="decisions-small"))
    assert view.verdict.isHidden() and not view.words.isHidden()
    assert "Batch size is 1 instead of 4" in view.words.text()
    limited = looked("qwen2.5-1.5b", profile="decisions-small", memory_limit_gb=3)
    view.show_outlook(limited)
    assert "Quantisation in training is nf4" in view.words.text()
    assert "3.00 GB allowed" in view.bar.toolTip() and view.bar.limit == pytest.approx((0.5 + 3) / 4)


def test_what_does_not_fit_says_so_and_what_would_help(view: MemoryView, card: None) -> None:
    view.show_outlook(looked("mistral-7b", profile="vram-4gb"))
    assert "It does not fit" in view.verdict.text() and "RTX 3050" in view.verdict.text()
    assert "Choose a smaller model" in view.words.text()
    assert sum(share for _colour, share in view.bar.shares) == pytest.approx(1) and view.bar.limit is not None


@pytest.mark.parametrize(
    ("changes", "room", "told"),
    [
        ({"gradient_checkpointing": False}, CARD, ("Let layers be computed again",)),
        ({"memory_limit_gb": 2}, CARD, ("Raise the memory limit",)),
        ({"gradient_checkpointing": False, "memory_limit_gb": 2}, CARD, ()),  # neither alone makes it fit
        ({}, replace(CARD, free=GIB), ("Close other programs: they hold 3.00 GB of RTX 3050.",)),
    ],
)
def test_what_is_told_makes_it_fit_and_what_would_not_is_not_told(
    changes: dict[str, object], room: DeviceRoom, told: tuple[str, ...]
) -> None:
    shape = find_model("llama-3.2-3b").shape
    config = read_config({"base": "-", "scenarios": ["-"], "profile": "vram-4gb", **changes})
    assert not forecast(shape, config, room, ()).fits
    *found, smaller = remedies(shape, config, room, (), catalogue())
    assert len(found) == len(told) and all(one.startswith(start) for one, start in zip(found, told, strict=True))
    named = next(model for model in catalogue() if f": {model.name} would fit" in smaller)
    assert forecast(named.shape, config, room, ()).fits
    larger = [model for model in catalogue() if named.parameters < model.parameters < shape.weights]
    assert not any(forecast(model.shape, config, room, ()).fits for model in larger)


def test_a_model_of_this_window_can_be_unloaded_and_others_cannot(
    view: MemoryView, card: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None: ...

    ours = Holder(1, "Tavern Q4_K_M", 900 << 20, True, go)
    other = Holder(2, "Elsewhere", GIB, True)
    monkeypatch.setattr(forecasting, "holders", lambda: (other, ours))
    asked: list[object] = []
    view.unload_wanted.connect(asked.append)
    view.show_outlook(looked("smollm2-360m"))
    (row,) = view.held
    row.unload.click()
    assert asked == [ours] and row.unload.accessibleName() == "Unload Tavern Q4_K_M"
    monkeypatch.setattr(forecasting, "holders", lambda: (other,))
    view.show_outlook(looked("smollm2-360m"))
    assert view.held == []


def test_settings_that_make_no_sense_have_no_forecast_and_a_broken_model_says_why(tmp_path: Path, card: None) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")
    base = BaseChoice("broken", "Broken", "", "", (), broken)
    assert outlook(base, {"base": str(broken), "scenarios": ["-"], "epochs": "many"}, ()) is None
    told = outlook(base, {"base": str(broken), "scenarios": ["-"]}, ())
    assert told is not None and told.forecast is None and "broken.gguf" in told.trouble
