"""Models are fetched in a process of their own, from a Hub on loopback: progress, a stop, and what a Hub refuses."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest
from small_base import files

from studio.errors import Cancelled
from studio.gguf.known_bases import models_folder
from studio.hub import HubDamaged
from studio.training.catalogue import find_model
from studio.training.fetched import half_fetched
from studio.training.hub_errors import LicenceToAccept
from studio.ui.train.fetcher import Fetch, Fetcher

NAME = "smollm2-360m"
REPO = str(find_model(NAME).repo)
FILES = files()
SHA = hashlib.sha256(FILES["model.safetensors"]).hexdigest()


@pytest.fixture
def repo(hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The model's repository, and a cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    hub.repo(REPO, FILES)
    return hub.repos[REPO]


class Told:
    """What a fetcher told, and the fetcher."""

    def __init__(self) -> None:
        self.heard: list[Fetch] = []
        self.fetcher = Fetcher(self.take)

    def take(self, name: str) -> None:
        found = self.fetcher.of(name)
        if found is not None:
            self.heard.append(found)


async def test_a_model_is_fetched_with_progress_and_two_clicks_fetch_once(repo: Any, hub: Any) -> None:
    told = Told()
    first = asyncio.create_task(told.fetcher.fetch(NAME))
    await asyncio.sleep(0)
    with pytest.raises(Cancelled):
        await told.fetcher.fetch(NAME)
    assert await first == models_folder() / NAME and (models_folder() / NAME / "model.safetensors").is_file()
    assert told.heard[0] == Fetch(NAME) and told.heard[-1].done == told.heard[-1].of == sum(map(len, FILES.values()))
    assert told.fetcher.of(NAME) is None, "it is over"


async def test_a_stop_ends_one_that_hears_nothing_and_keeps_what_came(repo: Any, hub: Any) -> None:
    hub.stalls[SHA] = [4_000]
    told = Told()
    going = asyncio.create_task(told.fetcher.fetch(NAME))
    while not told.heard or not told.heard[-1].of:
        await asyncio.sleep(0.02)
    await told.fetcher.cancel(NAME)
    with pytest.raises(Cancelled):
        await going
    last = told.fetcher.of(NAME)
    assert last is not None and not last.going and not last.trouble
    assert half_fetched(models_folder())[NAME] > 0 and not (models_folder() / NAME).exists()


async def test_what_the_hub_refuses_is_an_error_of_ours_here(repo: Any, hub: Any) -> None:
    told = Told()
    repo.gated = True
    with pytest.raises(LicenceToAccept):
        await told.fetcher.fetch(NAME)
    last = told.fetcher.of(NAME)
    assert last is not None and not last.going and not last.trouble, "it is asked about, not told on the card"
    repo.gated = False
    hub.swapped[SHA] = b"!" * len(FILES["model.safetensors"])
    with pytest.raises(HubDamaged):
        await told.fetcher.fetch(NAME)
    last = told.fetcher.of(NAME)
    assert last is not None and "damaged" in last.trouble
