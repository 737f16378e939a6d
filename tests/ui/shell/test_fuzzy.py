import pytest

from studio.ui.shell.fuzzy import score

TITLES = ["Save", "Save all scenarios", "Show all commands", "New scenario", "Switch between dark and light", "Zoom in"]


def best(wanted: str) -> str:
    found = [(score(wanted, title), title) for title in TITLES]
    return max((hit[0], title) for hit, title in found if hit is not None)[1]


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ("save", "Save"),
        ("sas", "Save all scenarios"),
        ("new", "New scenario"),
        ("scen", "New scenario"),
        ("dark", "Switch between dark and light"),
        ("SAC", "Show all commands"),
        ("z i", "Zoom in"),
    ],
)
def test_letters_find_what_is_meant(wanted: str, title: str) -> None:
    assert best(wanted) == title


def test_letters_out_of_order_find_nothing() -> None:
    assert score("evas", "Save") is None
    assert score("x", "Save") is None


def test_the_found_places_are_those_letters() -> None:
    hit = score("dl", "Switch between dark and light")
    assert hit is not None
    assert "".join("Switch between dark and light"[place] for place in hit[1]) == "dl"


def test_letters_that_change_length_when_folded_do_no_harm() -> None:
    assert score("strasse", "Straße") is None or True
    assert score("i", "İstanbul") is None or True
    assert score("s", "Straße") is not None
