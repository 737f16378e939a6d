"""The outline lists the blocks of a scenario, and follows it as it grows and shrinks."""

from pytestqt.qtbot import QtBot

from studio.scenario import Span, parse
from studio.ui.theme import Appearance, Theme
from studio.ui.write.outline import Outline
from studio.ui.write.preview import Preview

HEAD = "<SYSTEM>\n# Role\nYou lead.\n</SYSTEM>\n\n"


def turns(count: int, words: str = "Turn") -> str:
    return "".join(f"<User>{words}  {number}</User>\n\n" for number in range(count))


def listed(outline: Outline) -> list[str]:
    model = outline.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_rows_come_go_and_read_as_the_scenario_does(qtbot: QtBot) -> None:
    outline = Outline(Theme(Appearance.DARK))
    qtbot.addWidget(outline)
    outline.show_scenario(parse(HEAD + turns(2)).scenario)
    assert listed(outline)[1:] == ["Turn 0", "Turn 1"]
    outline.show_scenario(parse(turns(4, "Other")).scenario)
    assert listed(outline) == ["Other 0", "Other 1", "Other 2", "Other 3"]
    outline.show_scenario(None)
    assert listed(outline) == []


def test_a_row_that_is_chosen_carries_where_its_turn_stands_now(qtbot: QtBot) -> None:
    outline, chosen = Outline(Theme(Appearance.DARK)), list[Span]()
    qtbot.addWidget(outline)
    outline.chosen.connect(chosen.append)
    outline.show_scenario(parse(HEAD + turns(3)).scenario)
    moved = parse("\n\n" + HEAD + turns(3)).scenario
    outline.show_scenario(moved)
    outline._choose(outline.view.model().index(2, 0))
    assert chosen == [moved.turns[1].span]


def test_a_preview_that_changes_while_it_is_drawn_ends_as_the_last_text(qtbot: QtBot) -> None:
    preview = Preview(Theme(Appearance.DARK))
    qtbot.addWidget(preview)
    preview.show_scenario(parse(HEAD + turns(60)).scenario)
    preview._draw()
    preview.show_scenario(parse(HEAD + turns(40, "Other")).scenario)
    qtbot.waitUntil(lambda: preview.drawn, timeout=20_000)
    assert len(preview._widgets) == len(preview._parts) == 40
    assert all("Other" in str(part.values) for part in preview._parts)
