"""A column lays out what changed and asks nobody else how high it is."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.theme import Theme
from studio.ui.widgets import Column

LONG = 20_000


class Text(QWidget):
    """As a wrapped text: an area to be held, so that it is the higher the narrower it is."""

    def __init__(self, area: int) -> None:
        super().__init__()
        self.area, self.asked = area, 0
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        self.asked += 1
        return self.area // max(1, width)

    def sizeHint(self) -> QSize:
        return QSize(100, 10)


@pytest.fixture
def column(theme: Theme, qtbot: QtBot, delete: Callable[[QWidget], None]) -> Iterator[Column]:
    made, area = Column(10, 5), QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(made)
    area.resize(300, 200)
    area.show()
    qtbot.waitExposed(area)
    yield made
    delete(area)


def laid(column: Column, *texts: Text) -> bool:
    """Whether they stand one below the other, as high as they want to be, in a column that holds them all."""
    top, width = 10, column.width() - 20
    for text in texts:
        if (text.y(), text.width(), text.height()) != (top, width, text.area // width):
            return False
        top += text.height() + 5
    return column.minimumHeight() == top + 5


def test_widgets_stand_below_each_other_and_a_change_asks_the_new_one_alone(qtbot: QtBot, column: Column) -> None:
    texts = [Text(4000 * number) for number in range(1, 5)]
    for place, text in enumerate(texts):
        column.put(place, text)
    qtbot.waitUntil(lambda: laid(column, *texts), timeout=LONG)
    asked = [text.asked for text in texts]
    new = Text(9000)
    column.take(texts[1])
    column.put(1, new)
    qtbot.waitUntil(lambda: laid(column, texts[0], new, *texts[2:]), timeout=LONG)
    assert not texts[1].isVisible()
    assert [text.asked for text in texts] == asked, "the others are as high as they were"
    texts[0].area = 8000
    column.measure_anew()
    qtbot.waitUntil(lambda: laid(column, texts[0], new, *texts[2:]), timeout=LONG)


def test_another_width_lays_all_out_anew(qtbot: QtBot, column: Column) -> None:
    texts = [Text(4000), Text(60_000)]
    for place, text in enumerate(texts):
        column.put(place, text)
    qtbot.waitUntil(lambda: laid(column, *texts), timeout=LONG)
    before = texts[1].height()
    column.window().resize(200, 200)
    qtbot.waitUntil(lambda: laid(column, *texts) and texts[1].height() > before, timeout=LONG)
    for text in texts:
        column.take(text)
    qtbot.waitUntil(lambda: column.minimumHeight() == 0, timeout=LONG)
