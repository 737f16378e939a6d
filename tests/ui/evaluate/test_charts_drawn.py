"""A chart of the report is a picture that Qt's own reader of SVG draws, too."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from studio.evaluation.charts import Bar, chart
from studio.evaluation.summary import Figure


def drawn(svg: str) -> QImage:
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    with QPainter(image) as painter:
        renderer.render(painter)
    return image


def ink(image: QImage, left: int, right: int) -> int:
    """How many dots are not white between two columns, in the middle of the first bar."""
    return sum(image.pixelColor(x, 35).lightness() < 200 for x in range(left, right))


def test_the_dot_and_its_interval_are_where_the_figure_is(qapp: QApplication) -> None:
    image = drawn(chart("calls", [Bar("model <1>", Figure("f1", "calls right", 0.5, 0.25, 0.75, 10))]))
    assert (image.width(), image.height()) == (860, 48)
    assert ink(image, 350, 560) > 180, "the interval, from a quarter to three quarters"
    assert ink(image, 250, 340) < 5 and ink(image, 575, 660) < 5, "and nothing but the grid beside it"
