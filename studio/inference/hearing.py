"""Owns what is heard of an answer while it comes, so that one that is stopped is not lost; knows no process."""

import time
from collections.abc import Mapping

from studio.inference.protocol import Generation, OnRead, OnText
from studio.jobs.protocol import Event


class Heard:
    """The events of one `generate` so far, handed on to whoever listens."""

    def __init__(self, prompt_tokens: int, on_text: OnText | None, on_read: OnRead | None) -> None:
        self.ids: list[int] = []
        self._text: list[str] = []
        self._prompt = prompt_tokens
        self._reused: int | None = None
        self._on_text, self._on_read = on_text, on_read
        self._started, self._first, self._last = time.perf_counter(), 0.0, 0.0

    def take(self, event: Event) -> None:
        """Hears an event."""
        if event.name == "token":
            self._wrote(event.fields)
        elif event.name == "progress":
            self._read(event.fields)

    def _wrote(self, fields: Mapping[str, object]) -> None:
        ids, text = fields.get("ids"), fields.get("text")
        self._last = time.perf_counter() - self._started
        self._first = self._first or self._last
        if isinstance(ids, list):
            self.ids += ids
        if isinstance(text, str) and text:
            self._text.append(text)
            if self._on_text is not None:
                self._on_text(text)

    def _read(self, fields: Mapping[str, object]) -> None:
        read, of = fields.get("read"), fields.get("of")
        if not isinstance(read, int) or not isinstance(of, int):
            return
        self._reused = read if self._reused is None else self._reused
        if self._on_read is not None:
            self._on_read(read, of)

    def so_far(self) -> Generation:
        """What had come when it was stopped."""
        return Generation(
            ids=tuple(self.ids),
            text="".join(self._text),
            stop="stopped",
            prompt_tokens=self._prompt,
            reused=self._reused or 0,
            first_token_seconds=self._first,
            seconds=self._last,
        )


class Coming:
    """An answer as it comes: what it begins with because it was asked to is taken off before anybody hears it."""

    def __init__(self, opening: str, on_text: OnText | None) -> None:
        self._opening, self._on_text = opening, on_text
        self._held = self._gap = ""
        self._started = self._first = self._last = 0.0
        self.text = ""

    def begin(self) -> None:
        """Starts the clock."""
        self._started = time.perf_counter()

    def take(self, text: str) -> None:
        """Hears a piece."""
        self._last = time.perf_counter() - self._started
        self._first = self._first or self._last
        if not self._opening:
            self._tell(text)
            return
        self._held += text
        begun = self._held.lstrip()
        if len(begun) < len(self._opening) and self._opening.startswith(begun):
            return  # it may still become the opening
        self._opening, opening = "", self._opening
        # Whoever left the beginning out begins a sentence; an outcome stands on a line of its own in any case.
        self._gap = "\n\n" if opening.endswith("*") else "" if begun.startswith(opening) else " "
        self._tell(begun.removeprefix(opening))

    def _tell(self, text: str) -> None:
        if text and self._gap:
            text, self._gap = text if text[0].isspace() else self._gap + text, ""
        self.text += text
        if self._on_text is not None and text:
            self._on_text(text)

    def generation(self, stop: str, prompt_tokens: int = 0) -> Generation:
        """What came; words that were held back because they might have been the opening count as it."""
        return Generation((), self.text, stop, prompt_tokens, 0, self._first, self._last)
