"""Owns the scores that the parity gate holds models against: a model's, made once and kept on disk while it runs."""

import gc
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.evaluation.parity import Nearness
from studio.evaluation.parity_texts import Text
from studio.workers._base import Model
from studio.workers._nearness import Sums, save_scores

Check = Callable[[], None]
Read = Callable[[int, int], None]
"""Hears of how many texts, of how many, a model's scores are there."""


def unheard(_done: int, _of: int) -> None:
    """Nobody waits for the news."""


class Reference:
    """What a model says to every text. `load` gives the model; it is asked for once, and let go afterwards.

    `read` hears how far it is, and how far each model is that is held against it.
    """

    def __init__(
        self, load: Callable[[], Model], texts: Sequence[Text], place: Path, check: Check, read: Read = unheard
    ) -> None:
        self.texts, self.place, self._check, self._read = texts, place, check, read
        place.mkdir(parents=True)
        model = load()
        for number, text in enumerate(texts):
            save_scores(model, text.ids, self.known(number), check)
            read(number + 1, len(texts))
        del model
        gc.collect()

    def known(self, number: int) -> Path:
        """The file with the scores of a text."""
        return self.place / f"{number}.npy"

    def near_model(self, load: Callable[[], Model]) -> dict[str, Nearness]:
        """How near another model of transformers is."""
        model, found = load(), self.place / "found.npy"
        try:
            sums = Sums()
            for number, text in enumerate(self.texts):
                save_scores(model, text.ids, found, self._check)
                sums.add(self.known(number), found, text.mask[1:])
                self._read(number + 1, len(self.texts))
        finally:
            found.unlink(missing_ok=True)
            del model
            gc.collect()
        return sums.near()

    def forget(self) -> None:
        """Deletes the scores."""
        shutil.rmtree(self.place, ignore_errors=True)

    def taken_in(self, sums: Sums, number: int, found: Path) -> None:
        """Holds the scores that another wrote against those of a text, and deletes them."""
        sums.add(self.known(number), found, self.texts[number].mask[1:])
        found.unlink()
        self._check()
        self._read(number + 1, len(self.texts))
