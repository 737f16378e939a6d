"""Owns holding back what would be shown, since how soon it comes tells which of two models writes. Knows no model."""

from collections.abc import Callable


class Veil:
    """Shows at once; while it is drawn, nothing until it is lifted, and then all in its order."""

    def __init__(self) -> None:
        self._held: list[Callable[[], object]] | None = None

    @property
    def drawn(self) -> bool:
        """Whether anything is held back."""
        return self._held is not None

    def draw(self) -> None:
        """Holds back what comes from now on."""
        self._held = []

    def show(self, what: Callable[[], object]) -> None:
        """Shows something, now or when the veil is lifted."""
        if self._held is None:
            what()
        else:
            self._held.append(what)

    def lift(self) -> None:
        """Shows what was held back."""
        held, self._held = self._held, None
        for show in held or ():
            show()
