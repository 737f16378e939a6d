"""The tab's left side on real parts: models of this machine, a forecast that follows the fields, a licence."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from small_base import files

from studio.gguf.known_bases import STARTER
from studio.training.catalogue import find_model
from studio.ui.context import Context
from studio.ui.train.licence_form import LicenceForm
from studio.ui.train.tab import TrainTab

Run = Callable[[Coroutine[object, object, object]], object]
NAME = "smollm2-360m"


@pytest.fixture
def run(qapp: QApplication) -> Iterator[Run]:
    """Runs a coroutine on the window's event loop."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def tab(
    context: Context, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delete: Callable[[QWidget], None]
) -> Iterator[TrainTab]:
    """The tab in front, after its first look, with no models but the starter."""
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    made = TrainTab(context)
    made.resize(1200, 760)
    made.show()

    async def enter() -> None:
        made.entered()
        await seen(lambda: bool(made.form.bases.cards) and not made.busy)

    run(enter())
    yield made
    made.closing()
    run(seen(lambda: not made.errands.busy))
    delete(made)


async def seen(wanted: Callable[[], bool]) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(120):
        while not wanted():
            await asyncio.sleep(0.02)


def test_the_models_of_this_machine_and_a_forecast_that_follows_the_fields(tab: TrainTab, run: Run) -> None:
    form = tab.form
    cards = form.bases.cards
    assert 1 <= len(cards) <= 4 and cards[STARTER].radio.isChecked()
    assert all(card.choice.facts and card.choice.about for card in cards.values())
    run(seen(lambda: not form.memory.bar.isHidden()))
    before = form.memory.figures["adapters"].text()
    field = form.advanced.rows["lora.rank"].field
    assert isinstance(field, QLineEdit)
    field.setText("256")
    field.textEdited.emit("256")
    run(seen(lambda: form.memory.figures["adapters"].text() != before))
    assert form.start.isEnabled()
    form.bases.more.setChecked(True)
    run(seen(lambda: form.bases.whole))
    others = [card for name, card in form.bases.cards.items() if name not in cards or not card.isHidden()]
    assert len(others) == len(form.bases.bases.all) > 10
    absent = next(one for one in form.bases.bases.others if one.path is None)
    form.bases.cards[absent.name].radio.click()
    assert not form.start.isEnabled() and absent.title in form.why_not


def test_a_gated_model_asks_for_its_licence_and_comes_with_the_token_that_is_kept(
    tab: TrainTab, run: Run, hub: Any, ring: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = str(find_model(NAME).repo)
    hub.repo(repo, files(), gated=True)
    tab.form.bases.more.setChecked(True)

    async def ask() -> None:
        await seen(lambda: tab.form.bases.whole and NAME in tab.form.bases.cards)  # it may just be drawn anew
        tab.form.bases.cards[NAME].fetch.click()
        await seen(lambda: bool(tab.findChildren(LicenceForm)))

    run(ask())
    (asked,) = tab.findChildren(LicenceForm)
    assert asked.isVisible() and repo in asked.licence and not asked._ok.isEnabled()
    asked.token.setText("hf_bad\x07token")
    assert not asked._ok.isEnabled() and not asked.trouble.isHidden()
    hub.repos[repo].gated, hub.repos[repo].private = False, True  # its maker lets this account in
    monkeypatch.setenv("HF_TOKEN", hub.token)  # the worker is another process, and the test's keyring is in this one

    async def answer() -> None:
        asked.token.setText(hub.token)
        asked.answer()
        await seen(lambda: NAME in tab.form.bases.cards and tab.form.bases.cards[NAME].choice.path is not None)

    run(answer())
    assert list(ring.values()) == [hub.token] and tab.form.bases.choice is not None
    assert tab.form.bases.choice.name == NAME and tab.form.start.isEnabled()
    job = next(job for job in tab.context.jobs.jobs if job.key == f"fetch.{NAME}")
    assert job.state.value == "done"


def test_a_model_of_ones_own_is_added_and_chosen_and_a_wrong_one_is_told(
    tab: TrainTab, run: Run, tmp_path: Path
) -> None:
    folder, toasts = tmp_path / "My Own", list[Any]()
    folder.mkdir()
    for name, content in files().items():
        (folder / name).write_bytes(content)
    tab.context.toasted.connect(toasts.append)

    async def add(path: Path, wanted: Callable[[], bool]) -> None:
        tab.errands.start(tab.preparation.add(path))
        await seen(wanted)

    run(add(tmp_path, lambda: bool(toasts)))
    assert toasts[0].kind == "error" and "config.json" in toasts[0].text
    run(add(folder, lambda: "my-own" in tab.form.bases.cards and not tab.busy))
    assert tab.form.bases.cards["my-own"].radio.isChecked() and tab.form.values()["base"] == str(folder.resolve())
    assert tab.form.memory.figures["weights"].text() == "0.00 GB"
