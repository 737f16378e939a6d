"""Owns holding what a model says to a grammar in GBNF, llama.cpp's notation; knows tokens, no chat and no JSON.

The model's own choice is held against the grammar alone, which costs next to nothing; where it does not fit, the
likeliest tokens are, and only where none of those can be drawn the whole vocabulary, which costs tens of milliseconds.
What llama.cpp would end the process over is seen before.
"""

import contextlib
import ctypes
import math
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llama_cpp as ll
import numpy as np
import numpy.typing as npt

from studio.inference.errors import GrammarRefused
from studio.inference.sampling import Sampling
from studio.language import N_, _
from studio.workers._llama_log import listen

Handle = Any
"""A pointer of llama.cpp's."""

LONGEST, DEEPEST = 1 << 16, 500
"""Most characters of a grammar, and most brackets in one another: its parser calls itself for each."""

_TIERS = (256, 8192)
"""How many of the likeliest tokens are held against a grammar before all are."""

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""llama.cpp's `llama_token_data`."""

_TOO_LONG = N_("it has more than {limit} characters")
_TOO_DEEP = N_("its brackets are more than {limit} deep")
_BACKWARDS = N_("{given} asks for at least more than at most")
_PART = re.compile(
    r"""
    "(?:\\.|[^"\\])*" | \[(?:\\.|[^\]\\])*\] | \#[^\n]*     # what is quoted, and comments, hold no structure
    | (?P<open>\() | (?P<close>\))
    | \{\s*(?P<least>[0-9]+)\s*,\s*(?P<most>[0-9]+)\s*\}
    """,
    re.VERBOSE | re.DOTALL,
)
_REASON = re.compile(r"error parsing grammar: (.+)|(grammar does not contain .+|.*left recursion.*|invalid grammar.*)")


class Grammar:
    """A grammar and how far a text has come in it; `close` frees it."""

    def __init__(self, vocabulary: Handle, text: str) -> None:
        """Raises GrammarRefused where the text is no grammar with a rule `root`."""
        self._sampler = _parsed(vocabulary, text)
        self._all = np.zeros(ll.llama_vocab_n_tokens(vocabulary), _CANDIDATE)
        self._ids = np.arange(len(self._all), dtype=np.int32)
        self._one = np.zeros(1, _CANDIDATE)

    def close(self) -> None:
        """Frees it."""
        ll.llama_sampler_free(self._sampler)

    def choose(self, chain: Handle, logits: npt.NDArray[np.float32], sampling: Sampling) -> int:
        """The next token by the chain of samplers of `sampling`, among those that fit; both take note of it.

        Raises GrammarRefused where no token fits, so that it cannot go on.
        """
        if sampling.temperature <= 0 and sampling.repeat_penalty == 1.0:
            return self.likeliest(logits)  # its chain of samplers keeps no state
        token = _drawn(chain, self._rows(logits))
        if not self._fits(token):
            token = _drawn(chain, self._worth(logits, sampling))
        ll.llama_sampler_accept(chain, token)
        ll.llama_sampler_accept(self._sampler, token)
        return token

    def likeliest(self, logits: npt.NDArray[np.float32]) -> int:
        """The likeliest token among those that fit; the grammar takes note of it. Raises GrammarRefused."""
        token = int(logits.argmax())
        if not self._fits(token):
            rows = self._worth(logits, Sampling())
            token = int(rows["id"][rows["logit"].argmax()])
        ll.llama_sampler_accept(self._sampler, token)
        return token

    def masked(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The logits with what does not fit made impossible; raises GrammarRefused where nothing is left."""
        row: npt.NDArray[np.float32] = self._held(self._rows(logits))["logit"].copy()
        return row

    def accept(self, token: int) -> None:
        """Takes note of a token that was chosen elsewhere."""
        ll.llama_sampler_accept(self._sampler, token)

    def _fits(self, token: int) -> bool:
        self._one["id"], self._one["logit"] = token, 0.0
        ll.llama_sampler_apply(self._sampler, ctypes.byref(_array(self._one)))
        return bool(np.isfinite(self._one["logit"][0]))

    def _worth(self, logits: npt.NDArray[np.float32], sampling: Sampling) -> npt.NDArray[Any]:
        """The rows of tokens that fit and can be drawn: the likeliest are enough where `min_p` rules out all others."""
        for size in _TIERS:
            if size >= len(logits):
                break
            ids = np.argpartition(logits, -size)[-size:]
            rows = np.zeros(size, _CANDIDATE)
            rows["id"], rows["logit"] = ids, logits[ids]
            least = float(rows["logit"].min())
            ll.llama_sampler_apply(self._sampler, ctypes.byref(_array(rows)))
            if _reach(float(rows["logit"].max()), sampling) >= least:
                return rows
        return self._held(self._rows(logits))

    def _rows(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        rows = self._all
        rows["id"], rows["logit"], rows["p"] = self._ids, logits, 0.0  # samplers sort them
        return rows

    def _held(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The rows with what does not fit made impossible; raises GrammarRefused where nothing is left."""
        ll.llama_sampler_apply(self._sampler, ctypes.byref(_array(rows)))
        if not np.isfinite(rows["logit"]).any():
            raise GrammarRefused(reason=_("no word of the model's fits it at one place"))
        return rows


def _reach(best: float, sampling: Sampling) -> float:
    """The logit that a token must have to be drawn beside one of `best`; none is too low where nothing rules it out."""
    if not math.isfinite(best):
        return -math.inf
    if sampling.temperature <= 0 and sampling.repeat_penalty == 1.0:
        return best
    if sampling.repeat_penalty < 1.0 or (sampling.temperature > 0 and sampling.min_p <= 0):
        return -math.inf
    lowered = best / sampling.repeat_penalty if best > 0 else best * sampling.repeat_penalty
    return lowered + (math.log(sampling.min_p) if sampling.temperature > 0 else 0.0)


def _drawn(chain: Handle, rows: npt.NDArray[Any]) -> int:
    """The token that a chain draws from rows."""
    array = _array(rows)
    ll.llama_sampler_apply(chain, ctypes.byref(array))
    return int(array.data[array.selected].id)


def read_vocabulary(path: Path) -> Handle:
    """A model of which nothing but the vocabulary is read; nothing where the file cannot be."""
    listen()
    parameters = ll.llama_model_default_params()
    parameters.vocab_only = True
    return ll.llama_model_load_from_file(os.fsencode(path), parameters)


def _array(rows: npt.NDArray[Any]) -> Any:
    """Rows as llama.cpp takes them; they must live as long."""
    data = rows.ctypes.data_as(ctypes.POINTER(ll.llama_token_data))
    return ll.llama_token_data_array(data=data, size=len(rows), selected=-1, sorted=False)


def _parsed(vocabulary: Handle, text: str) -> Handle:
    """The sampler of a grammar. An empty text would be taken as no grammar at all, a NUL as its end."""
    if len(text) > LONGEST:
        raise GrammarRefused(reason=_(_TOO_LONG).format(limit=LONGEST))
    _look(text)
    data = text.encode("utf-8", "replace")
    if not data.strip() or b"\0" in data:
        raise GrammarRefused(reason=_("it is empty") if not data.strip() else _("it has a NUL in it"))
    with _overheard() as said:
        sampler = ll.llama_sampler_init_grammar(vocabulary, data, b"root")
    if not sampler:
        raise GrammarRefused(reason=_reason("".join(said)))
    return sampler


def _look(text: str) -> None:
    """Raises GrammarRefused for what llama.cpp's parser would end or hang the process over."""
    depth = 0
    for part in _PART.finditer(text):
        depth += (part["open"] is not None) - (part["close"] is not None)
        if depth > DEEPEST:
            raise GrammarRefused(reason=_(_TOO_DEEP).format(limit=DEEPEST))
        if part["least"] is not None and int(part["least"][-9:]) > int(part["most"][-9:]):
            raise GrammarRefused(reason=_(_BACKWARDS).format(given=part[0]))


@contextlib.contextmanager
def _overheard() -> Iterator[list[str]]:
    """What is written to stderr inside: llama.cpp says there, and nowhere else, what it did not like."""
    said: list[str] = []
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        sys.stderr.flush()
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said.append(file.read().decode("utf-8", "replace"))


def _reason(said: str) -> str:
    """llama.cpp's own words, without the rest of the grammar that it prints after them."""
    found = _REASON.search(said)
    if found is None:
        return _("llama.cpp did not say why")
    return (found[1] or found[2]).strip()[:120]
