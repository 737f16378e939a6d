"""The game panel tells the sheets as they stand."""

from studio.rules import Change, Party
from studio.rules.party import Combat
from studio.scenario.model import Character, Item
from studio.ui.play.sheets import change_line, panel

PARTY = Party.of(
    [
        Character("Wren", kind="Player Character", level=3, health=(13, 26), inventory=(Item("silver", 3),)),
        Character("Brigand", kind="Enemy", health=(0, 9), skills={"Attack": -1}),
    ]
)


def test_the_player_health_and_what_changed_are_told() -> None:
    changes = (Change("Wren", "health", "20/26", "13/26"),)
    told = panel(PARTY, player="wren", changes=changes, log=("x",))
    wren, brigand = told.cards
    assert wren.player and wren.health == (13, 26) and wren.changed == {"health"}
    assert wren.inventory == ("silver ×3",)
    assert brigand.down and not brigand.player and not brigand.changed
    assert brigand.skills == ("Attack −1",)
    assert told.order == () and told.log == ("x",)


def test_the_order_of_a_fight_says_who_is_down() -> None:
    fight = Party(PARTY.sheets, combat=Combat((("Brigand", 17), ("Wren", 9))))
    order = panel(fight, player=None, changes=(), log=()).order
    assert [(place.name, place.initiative, place.down) for place in order] == [
        ("Brigand", 17, True),
        ("Wren", 9, False),
    ]


def test_a_change_is_one_line_of_the_log() -> None:
    assert change_line(Change("Wren", "conditions", "", "prone")) == "Wren: conditions nothing → prone"
    assert "Wren 9" in change_line(Change("", "combat", "", "Wren 9"))
