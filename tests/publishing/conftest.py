"""What the tests of packs share: a pack of the starter, made once, with a few tokens a reply."""

import asyncio
from pathlib import Path

import pytest

from studio.publishing.candidate import Candidate
from studio.publishing.evaluation_card import card_of
from studio.publishing.packing import Wanted, make_pack
from studio.scenario.game import Game

SCENARIO = """---
title: The Weir
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Ranger
- Skills: Stealth +6
</SYSTEM>

<User>I keep low.</User>

<DM>The planks are slick.

[roll: stealth]</DM>
"""


@pytest.fixture(scope="session")
def starter_candidate(starter: Path) -> Candidate:
    """The starter as it was fetched."""
    return Candidate(starter, None, None, starter.parent, "Q4_1", starter, "SmolLM2", "")


@pytest.fixture(scope="session")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Wanted:
    """A pack of one transcript with one short reply."""
    scenario = tmp_path_factory.mktemp("told") / "weir.md"
    scenario.write_text(SCENARIO, encoding="utf-8")
    card = card_of(Candidate(scenario, None, None, scenario, "Q4_1", None, "SmolLM2", ""), ["roll"], None)
    return Wanted("weir", None, card, Game.shipped(), None, [scenario], max_tokens=4, lines=1)


@pytest.fixture(scope="session")
def pack(starter_candidate: Candidate, wanted: Wanted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack; tests that change it copy it."""
    target = tmp_path_factory.mktemp("packs") / "weir"
    asyncio.run(make_pack(starter_candidate, wanted, target))
    return target
