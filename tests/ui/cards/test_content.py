"""What cards show is right before anything is drawn."""

from studio.scenario.model import Character, Item
from studio.ui.cards.content import Said, SheetCard, Throw, Voice


def test_prose_leaves_out_the_calls_that_are_chips_and_no_others() -> None:
    said = Said(Voice.NARRATOR, "He bites.\n\n[damage: Wren 7]\n\nBlood. [damage: Wren 7]", calls=("[damage: Wren 7]",))
    assert said.prose == "He bites.\n\nBlood. [damage: Wren 7]"


def test_the_sum_counts_the_kept_dice_and_names_sources_where_there_are_several() -> None:
    faces = ((4, False), (13, True))
    assert Throw("Stealth", "Wren", faces, ((-1, "skill"),), 12).sum == "13 − 1"
    assert Throw("Stealth", "Wren", faces, (), 13).sum == "13"
    assert Throw("Stealth", "Wren", faces, ((5, "skill"), (2, "bless")), 20).sum == "13 + 5 (skill) + 2 (bless)"


def test_a_card_says_what_the_sheet_says() -> None:
    wren = Character(
        "Wren", "Player Character", "Thief", 3, (0, 9), None, (Item("silver", 3),), skills={"Sleight-of-hand": -1}
    )
    card = SheetCard.of(wren)
    assert (card.about, card.down, card.inventory) == ("Thief · Player Character", True, ("silver ×3",))
    assert card.skills == ("Sleight-of-hand −1",)
