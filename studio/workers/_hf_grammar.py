"""Owns holding a transformers model to a grammar: llama.cpp reads the vocabulary, and no weights, of the GGUF that the
model stands on, whose ids are the model's own."""

from pathlib import Path
from typing import Any

import llama_cpp as ll
import numpy as np
import numpy.typing as npt

from studio.inference.errors import GrammarRefused, ModelNotLoaded
from studio.language import N_, _
from studio.workers._llama_grammar import Grammar, read_vocabulary

_NO_VOCABULARY = N_("the model of a folder is held to one only where it stands on a GGUF; convert it")


class Grammars:
    """The grammars of one model; the vocabulary is read with the first."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._model: Any = None

    @property
    def there(self) -> bool:
        """Whether the model can be held to one."""
        return self._base.is_file()

    def of(self, text: str) -> "HeldChoice":
        """A grammar at its beginning; raises GrammarRefused."""
        if not self.there:
            raise GrammarRefused(reason=_(_NO_VOCABULARY))
        if self._model is None:
            self._model = read_vocabulary(self._base)
        if not self._model:
            raise ModelNotLoaded(path=self._base)
        vocabulary = ll.llama_model_get_vocab(self._model)
        return HeldChoice(Grammar(vocabulary, text), ll.llama_vocab_n_tokens(vocabulary))


class HeldChoice:
    """A grammar that a row of logits of any width is held to."""

    def __init__(self, grammar: Grammar, size: int) -> None:
        self._grammar, self._size = grammar, size

    def likeliest(self, logits: npt.NDArray[np.float32]) -> int:
        """The likeliest id that fits; the grammar takes note of it. Raises GrammarRefused."""
        return self._grammar.likeliest(logits[: self._size])

    def masked(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The logits with what does not fit made impossible; raises GrammarRefused."""
        return self._grammar.masked(logits[: self._size])

    def accept(self, token: int) -> None:
        """Takes note of an id that was chosen."""
        self._grammar.accept(token)

    def close(self) -> None:
        """Frees it."""
        self._grammar.close()
