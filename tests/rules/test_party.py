from hypothesis import given
from hypothesis import strategies as st

from studio.rules import Party, Sheet
from studio.scenario.model import Character, Item

whole = st.integers(0, 60)


@given(whole, whole, st.lists(st.integers(-80, 80), max_size=6))
def test_health_stays_in_its_bounds(now, most, changes):
    sheet = Sheet.of(Character("Wren", health=(now, most)))
    for change in changes:
        before = sheet.health[0]
        sheet = sheet.with_health(change)
        assert 0 <= sheet.health[0] <= max(before, most)
        assert sheet.health[1] == most
        assert (sheet.health[0] - before) * change >= 0  # never the other way


@given(
    st.lists(
        st.tuples(st.sampled_from(["Rope", "rope", "Silver_Coin", "silver coin"]), st.integers(-5, 5)), max_size=12
    )
)
def test_an_inventory_adds_up(gifts):
    sheet, expected = (
        Sheet.of(Character("Wren", inventory=(Item("Rope", 2), Item("ROPE", 3)))),
        {"rope": 5, "silver coin": 0},
    )
    for item, count in gifts:
        sheet = sheet.with_item(item, count)
        plain = item.lower().replace("_", " ")
        expected[plain] = max(0, expected[plain] + count)
        assert {name: sheet.count(name) for name in expected} == expected
    assert all(entry.count > 0 for entry in sheet.inventory)


def test_things_keep_their_place_and_their_spelling():
    sheet = Sheet.of(Character("Wren", inventory=(Item("Old Rope"), Item("Arrow", 4), Item("Lamp"))))
    assert sheet.with_item("arrow", -1).inventory == (Item("Old Rope"), Item("Arrow", 3), Item("Lamp"))
    assert sheet.with_item("arrow", -4).inventory == (Item("Old Rope"), Item("Lamp"))
    assert sheet.with_item("key", 1).inventory[-1] == Item("key")


def test_a_sheet_is_found_case_free_and_replaced_alone():
    guards = Party.of((Character("Guard", health=(5, 5)), Character("Guard", health=(7, 7)), Character("Elder_Moss")))
    hurt = guards.with_sheet(guards.find("guard").with_health(-2))
    assert [sheet.health for sheet in hurt.sheets] == [(3, 5), (7, 7), None]
    assert guards.find("elder moss").name == "Elder_Moss"
    assert guards.find("nobody") is None


def test_the_best_lists_the_highest_modifier_and_the_first_of_equals(party):
    assert party.best_at("stealth").name == "Wren"
    assert party.best_at("ATHLETICS").name == "Bog Brigand"
    assert party.best_at("sleight_of_hand").name == "Wren"
    assert party.best_at("arcana") is None
