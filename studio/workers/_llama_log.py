"""Owns what llama.cpp says besides its answers: warnings and errors go to stderr, the rest would bury them."""

import sys
import threading

import llama_cpp as ll

_WORTH_TELLING = (3, 4)
"""ggml's levels of warnings and errors."""


_stopping = [threading.Event()]
"""What is set while work is being stopped, which llama.cpp reports as errors."""


def hush_after(stop: threading.Event) -> None:
    """Nothing is told while `stop` is set: what was wanted is no error."""
    _stopping[0] = stop


def _tell(level: int, text: bytes, _data: object) -> None:
    if level in _WORTH_TELLING and not _stopping[0].is_set():
        sys.stderr.write(text.decode("utf-8", "replace"))
        sys.stderr.flush()


_log = ll.llama_log_callback(_tell)  # at module level: llama.cpp keeps the pointer for good


def listen() -> None:
    """From now on only what is worth telling is told."""
    ll.llama_log_set(_log, None)
