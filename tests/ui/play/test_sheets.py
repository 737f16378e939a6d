"""The words of the game panel: the sheets as they stand, the order of a fight, the log."""

from dataclasses import replace

from studio.rules import Change, Party, Rules
from studio.rules.party import Combat
from studio.scenario.model import Character, Item
from studio.ui.play.log_lines import change_line
from studio.ui.play.sheets import card_of, effect_words, is_player, order_of

PARTY = Party.of(
    [
        Character("Wren", kind="Player Character", level=3, health=(13, 26), inventory=(Item("silver", 3),)),
        Character("Brigand", kind="Enemy", health=(0, 9), skills={"Attack": -1}),
        Character("Teck", kind="Enemy", health=(4, 9)),
    ]
)


def test_what_stands_and_what_changed_are_told() -> None:
    wren, brigand, _teck = PARTY.sheets
    card = card_of(wren, replace(wren, health=(20, 26)), player=is_player(wren, "wren"))
    assert card.player and card.health == (13, 26) and card.changed == {"health"}
    assert card.inventory == ("silver ×3",)
    other = card_of(brigand, None, player=is_player(brigand, "wren"))
    assert other.down and not other.player and not other.changed
    assert other.skills == ("Attack −1",)


def test_the_order_of_a_fight_says_whose_turn_it_is_and_who_is_out() -> None:
    assert order_of(PARTY) == ()
    order = (("Brigand", 17), ("Wren", 9), ("Teck", 3))
    fight = Party(PARTY.sheets, combat=Combat(order, turn=1, out=("teck",)))
    assert [(place.name, place.initiative, place.state, place.acts) for place in order_of(fight)] == [
        ("Brigand", 17, "down", False),
        ("Wren", 9, "", True),
        ("Teck", 3, "left", False),
    ]


def test_a_change_is_one_line_of_the_log() -> None:
    assert change_line(Change("Wren", "conditions", "", "prone")) == "Wren: conditions nothing → prone"


def test_what_a_condition_does_is_said_by_the_rules() -> None:
    rules = Rules.shipped()
    assert "own attacks: disadvantage" in effect_words("poisoned", rules)
    assert "cannot act" in effect_words("stunned", rules)
    assert effect_words("in love", rules) == ""
