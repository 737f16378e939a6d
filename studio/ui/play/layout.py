"""Owns which rows of a long chat are laid out and where they lie; knows no widget.

Only what is in sight is laid out. How high the others are is guessed until there is time to measure them.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakKeyDictionary

from PySide6.QtGui import QFontMetrics

from studio.ui.cards.content import Said, Throw
from studio.ui.play.heights import Heights
from studio.ui.play.row_pictures import (
    EdgePicture,
    Picture,
    RemarkPicture,
    ScenePicture,
    ThrowRow,
    TroublePicture,
    WaitPicture,
)
from studio.ui.play.rows import Edge, Remark, Row, Scene, Trouble, Wait
from studio.ui.play.said_picture import SHARE, WIDEST, SaidPicture, guessed
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16

PICTURES: dict[type, Callable[[Theme, Row, int], Picture]] = {
    Scene: ScenePicture, Said: SaidPicture, Throw: ThrowRow, Remark: RemarkPicture, Trouble: TroublePicture,
    Edge: EdgePicture, Wait: WaitPicture,
}  # fmt: skip
_MOST_PICTURES = 240


class Layout:
    """The rows of a chat below each other at a width."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._pictures: OrderedDict[Row, Picture] = OrderedDict()
        self._known: WeakKeyDictionary[Row, int] = WeakKeyDictionary()
        self._extra: tuple[Row, int, bool] | None = None
        self._asking: Row | None = None
        self.heights = Heights(SPACE_12, SPACE_16)
        self.rows: list[Row] = []
        self.width = 0

    def take(self, rows: Iterable[Row]) -> None:
        """Takes other rows; what is known of those that stay is kept."""
        self.rows = list(rows)
        kept = set(self.rows)
        for row in [row for row in self._pictures if row not in kept]:
            del self._pictures[row]
        self._look_who_asks()
        self.heights.reset(map(self._height, self.rows))

    def resize(self, width: int) -> bool:
        """Takes another width; whether it is one."""
        if width == self.width:
            return False
        self.width = width
        self.forget()
        return True

    def forget(self) -> None:
        """Everything is to be laid out anew: another width, another theme."""
        self._pictures.clear()
        self._known.clear()
        self.heights.reset(map(self._height, self.rows))

    def add(self, row: Row) -> None:
        """Takes in a row at the end."""
        self.rows.append(row)
        self._look_who_asks()
        self.heights.insert(len(self.rows) - 1, self._height(row))

    def remove(self, number: int) -> None:
        """Lets a row go."""
        self._pictures.pop(self.rows.pop(number), None)
        self.heights.remove(number)
        self._look_who_asks()

    def _look_who_asks(self) -> None:
        """A card that stands last keeps room for its button; one that no longer does, or does again, is laid anew."""
        last = self.rows[-1] if self.rows and isinstance(self.rows[-1].content, Trouble) else None
        for row in (self._asking, last) if last is not self._asking else ():
            if row is not None:
                self._pictures.pop(row, None)
                self._known.pop(row, None)
        self._asking = last

    def changed(self, number: int) -> None:
        """A row is not what it was; it is laid out when it is next looked for."""
        self._pictures.pop(self.rows[number], None)
        self._known.pop(self.rows[number], None)

    def widen(self, row: Row | None, height: int = 0, beneath: bool = False) -> None:
        """Gives a row's place to an editor of a height, or room beneath it; None takes it back."""
        before = self._extra[0] if self._extra is not None else None
        self._extra = (row, height, beneath) if row is not None else None
        for one in (before, row):
            if one is not None and one in self.rows:
                self.heights.put(self.rows.index(one), self._height(one))

    def picture(self, number: int) -> Picture | None:
        """How a row is drawn, where it is laid out."""
        return self._pictures.get(self.rows[number])

    def lay(self, number: int) -> bool:
        """Lays a row out; whether it is higher or lower than was thought."""
        row = self.rows[number]
        picture = self._pictures.get(row)
        if picture is None:
            picture = self._pictures[row] = self._drawn(row)
            while len(self._pictures) > _MOST_PICTURES:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(row)
        self._known[row] = picture.height
        return self.heights.put(number, self._height(row))

    def _drawn(self, row: Row) -> Picture:
        if row is self._asking:
            return TroublePicture(self._theme, row, self.width, asks=True)
        return PICTURES[type(row.content)](self._theme, row, self.width)

    def unmeasured(self, near: int) -> Iterator[int]:
        """The rows whose height is only guessed, the nearest to a row first."""
        for away in range(len(self.rows)):
            for number in {near - away, near + away}:
                if 0 <= number < len(self.rows) and self.rows[number] not in self._known:
                    yield number

    def measure(self, near: int, seconds: float) -> bool:
        """Measures what is only guessed, for some time; whether something is left."""
        until = time.perf_counter() + seconds
        for number in list(self.unmeasured(near)):
            self.lay(number)
            if time.perf_counter() >= until:
                return True
        return False

    def _height(self, row: Row) -> int:
        height = self._known.get(row) or self._guess(row)
        if self._extra is not None and self._extra[0] is row:
            return height + SPACE_12 + self._extra[1] if self._extra[2] else self._extra[1]
        return height

    def _guess(self, row: Row) -> int:
        px = self._theme.px
        if not isinstance(row.content, Said):
            return px(64) if isinstance(row.content, Throw | Scene) else px(20)
        metrics = QFontMetrics(self._theme.text_font())
        wide = min(px(WIDEST), int(self.width * SHARE)) - 2 * SPACE_12
        return round(guessed(row, wide // max(1, metrics.averageCharWidth())) * metrics.lineSpacing() * 1.25) + px(24)
