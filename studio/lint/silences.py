"""Owns what comments silence in a text while it is edited; equal to `Ignores` of the whole at all times."""

from studio.lint.selection import silenced_by
from studio.scenario import BlockKind
from studio.scenario.splice import Cell, Splice, Spliced

_BLOCKS = (BlockKind.BLOCK, BlockKind.UNKNOWN)


class Silences:
    """The comments that silence rules: in the next block, or before SYSTEM everywhere."""

    def __init__(self, splice: Splice) -> None:
        self._splice = splice
        self._asking: dict[Cell, tuple[str, ...]] = {}
        self._take(splice.cells)
        self._everywhere = self._told_everywhere()

    def follow(self, done: Spliced) -> tuple[bool, bool]:
        """Follows an edit; whether a silencing comment came or went, and whether one that silences everywhere did."""
        gone = [self._asking.pop(cell) for cell in done.gone if cell in self._asking]
        made = self._take(done.made)
        if not gone and not made and not (self._asking and done.head):
            return False, False
        before, self._everywhere = self._everywhere, self._told_everywhere()
        return True, before != self._everywhere

    def hide(self, code: str, offset: int) -> bool:
        """Whether a finding of this code that starts there is silenced."""
        if not self._asking or offset >= len(self._splice.text):
            return bool(self._everywhere) and code.startswith(self._everywhere)
        return code.startswith((*self._everywhere, *self._before(self._splice.place(offset))))

    def _take(self, cells: list[Cell] | tuple[Cell, ...]) -> bool:
        """Reads the comments among cells that stand where they were read."""
        text, before = self._splice.text, len(self._asking)
        for cell in cells:
            if cell.block.kind is BlockKind.COMMENT:
                codes = silenced_by(text[cell.block.content.start : cell.block.content.end])
                if codes:
                    self._asking[cell] = codes
        return len(self._asking) > before

    def _told_everywhere(self) -> tuple[str, ...]:
        if not self._asking or self._splice.head.system is None:
            return ()
        cells = self._splice.cells
        system = next(place for place, cell in enumerate(cells) if cell.system)
        return tuple(code for cell in cells[:system] for code in self._asking.get(cell, ()))

    def _before(self, place: int) -> tuple[str, ...]:
        """What the comments before a block silence in it."""
        cells = self._splice.cells
        if cells[place].block.kind not in _BLOCKS:
            return ()
        codes: tuple[str, ...] = ()
        while place and cells[place - 1].block.kind not in _BLOCKS:
            place -= 1
            codes += self._asking.get(cells[place], ())
        return codes
