"""Owns the ids of texts that a talk says again each turn, so that only what is new is encoded; knows no tokeniser."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

MOST = 1 << 18
"""Ids that are remembered together; a long talk has some tens of thousands."""

Part = tuple[str, bool]


class Remembered:
    """The ids of (text, special) parts; the longest unused go first."""

    def __init__(self, most: int = MOST) -> None:
        self._known: OrderedDict[Part, list[int]] = OrderedDict()
        self._size, self._most = 0, most

    async def ids(
        self, parts: Sequence[Part], encode: Callable[[Sequence[Part]], Awaitable[list[list[int]]]]
    ) -> list[list[int]]:
        """The ids of each part; `encode` is asked for those that are not known."""
        new = [part for part in dict.fromkeys(parts) if part not in self._known]
        found = dict(zip(new, await encode(new), strict=True)) if new else {}
        told = [list(found[part]) if part in found else self._again(part) for part in parts]
        for part, ids in found.items():
            self._known[part] = ids
            self._size += len(ids)
        while self._size > self._most:
            self._size -= len(self._known.popitem(last=False)[1])
        return told

    def _again(self, part: Part) -> list[int]:
        self._known.move_to_end(part)
        return list(self._known[part])
