"""Whatever a person wishes of a narrator: the file comes to the same."""

import random
from pathlib import Path

import pytest

from studio.errors import InputError
from studio.play.log import SessionFile
from studio.play.session import Session
from studio.rules import HandChange, Throw
from studio.rules.combat import Deed
from tests.play.table import same
from tests.play.told import Told, narrated, nobody

WORDS = (
    "Fog.",
    "",
    "You crouch. [roll: stealth]",
    "[damage: Wren 4] [damage: Bog Brigand] It hurts. [roll: perception dc 8 for Bog Brigand] [roll: insight]",
    "[roll: initiative]\n[begin combat]",
    "[end combat] [give: Wren Rope x2]",
    "[heal: Wren 2]" * 9,
    "word " * 30,
)


async def _wished(session: Session, dice: random.Random) -> None:
    """Something that a person wishes, whatever it is."""
    node = dice.choice([None, *session.nodes])
    match dice.randrange(12):
        case 0 | 1 | 2:
            await session.say("I go on.", nobody, speaker=dice.choice(("", "Bog Brigand")))
        case 3:
            await session.retry(nobody, node)
        case 4:
            await session.go_on(nobody)
        case 5:
            session.undo()
        case 6:
            session.redo()
        case 7 if node is not None:
            session.show(node)
        case 8 if node is not None:
            session.edit(node, dice.choice(WORDS))
        case 9:
            session.act_by_rules() if session.party.combat is not None else session.act(Deed("begin"))
        case 10:
            session.throw(Throw(skill="stealth", who="Wren"), tell=dice.random() < 0.5)
        case _ if node is not None:
            session.delete(node) if dice.random() < 0.3 else session.back_to(node)
        case _:
            session.hand(HandChange("Wren", "health", delta=-1))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_wished_of_a_narrator_the_file_comes_to_the_same(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    session = narrated(Told([dice.choice(WORDS) for _ in range(400)], context=500))
    session.file = SessionFile(tmp_path / "s.jsonl", session.header)
    session.when_full = dice.choice(("drop", "summary"))
    for number in range(60):
        try:
            await _wished(session, dice)
        except InputError:  # refused in a sentence
            pass
        if number % 10 == 0:
            again = Session.reopen(tmp_path / "s.jsonl")
            assert again.damage is None
            same(session, again)
            again.close()
    dice_before = [node.random for node in session.path() if node.kind == "DM" and not node.told]
    assert len(dice_before) == len(set(dice_before)), "no two turns of a path share their dice"
