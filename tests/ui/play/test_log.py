"""The game's log in the tab: every roll and every change, the narrator's own too, and what a line leads to."""

from collections.abc import Callable

from studio.ui.cards.content import Throw
from studio.ui.play.tab import PlayTab


def test_what_the_narrator_asked_for_stands_in_the_log(played: PlayTab) -> None:
    told = [line.text for line in played.panel._log.lines]
    assert told[0] == "Wren takes 7 damage (13/26)."
    assert told[1].startswith("Wren rolls Stealth: ") and "success" in told[1]
    assert len(told) == 2


def test_a_line_of_the_log_leads_to_its_place_in_the_story(
    played: PlayTab, doing: Callable[[Callable[[], object]], None]
) -> None:
    menu = played.panel._log.menu(1)
    doing(menu.actions()[0].trigger)
    row = played.sides[0].chat.current_row()
    assert row is not None and isinstance(row.content, Throw)


def test_a_line_of_the_narrators_is_taken_back_with_what_was_said(
    played: PlayTab, doing: Callable[[Callable[[], object]], None]
) -> None:
    menu = played.panel._log.menu(0)
    assert [one.text() for one in menu.actions()] == [
        "Show it in the story",
        "Take back this and all that came after it",
    ]
    doing(menu.actions()[1].trigger)
    assert played.panel._log.lines == () and "Nothing yet" in played.panel._log._words.text()
    assert played.table.seats[0].session is not None and not played.table.seats[0].session.path()
