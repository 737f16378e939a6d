"""Owns how one file of the Hub comes onto the disk: past what is there of it, through cuts and silences.

The Hub's own client gives the address, the session and the errors; that it starts every file anew in another process
is why the bytes are written here. Knows nothing of hashes or of other files.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from studio.errors import MachineError, NotSaved
from studio.hub import HubDamaged, HubUnreachable, translated
from studio.language import N_, _

TIMEOUT = 20.0
"""Seconds of silence after which a connection counts as broken."""

_TRIES = 5
_SLOWEST, _WINDOW = 2048, 120.0


class TooSlow(MachineError):
    """Bytes come, and so few that the file would never be whole."""

    sentence = N_(
        "The Hub sends {repo} at less than {rate} KiB a second. What came is kept: fetch again later, and it goes on."
    )


class Pace:
    """Whether bytes come fast enough to wait for; `clock` tells seconds."""

    def __init__(self, repo: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._repo, self._clock = repo, clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), 0)])

    def saw(self, there: int) -> None:
        """So many bytes are there now; raises TooSlow where hardly any came in the last two minutes."""
        now = self._clock()
        self._seen.append((now, there))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW:
            self._seen.popleft()
        then, before = self._seen[0]
        if now - then >= _WINDOW and (there - before) / (now - then) < _SLOWEST:
            raise TooSlow(repo=self._repo, rate=_SLOWEST // 1024)


@dataclass(frozen=True, slots=True)
class Stream:
    """One file of a commit; `token` is False where none is to be sent."""

    repo: str
    commit: str
    name: str
    size: int
    token: str | bool
    endpoint: str | None

    def into(self, part: Path, told: Callable[[int], None], pace: Pace, sleep: Callable[[float], None]) -> None:
        """Appends to `part` until it has the file's size; raises the Hub's errors, TooSlow, NotSaved, what `told` does.

        A connection that breaks is taken up where it broke, as long as each time something comes.
        """
        tries = _TRIES
        while (before := _length(part)) != self.size:
            try:
                with translated(self.repo):
                    self._once(part, before if before < self.size else 0, told, pace)
            except HubUnreachable:
                tries = _TRIES if _length(part) > before else tries - 1
                if not tries:
                    raise
                sleep(1)

    def _once(self, part: Path, have: int, told: Callable[[int], None], pace: Pace) -> None:
        """One connection, as far as it gets."""
        from huggingface_hub import get_session
        from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined]  # there, and not declared

        address, headers = self._address()
        if have:
            headers["Range"] = f"bytes={have}-"
        with get_session().stream("GET", address, headers=headers, timeout=TIMEOUT) as response:
            if response.status_code == 416:  # what is there does not belong to this file
                part.unlink()
                raise HubUnreachable(repo=self.repo, reason="416")
            hf_raise_for_status(response)
            there = have if response.status_code == 206 else 0
            with _opened(part, there) as stream:
                for chunk in response.iter_bytes():
                    there += len(chunk)
                    if there > self.size:
                        break
                    _put(stream, part, chunk)
                    told(there)
                    pace.saw(there)
        if there > self.size:
            part.unlink()
            raise HubDamaged(repo=self.repo, file=self.name, reason=_("more came than it has"))
        if there < self.size:
            raise HubUnreachable(repo=self.repo, reason=f"{there} of {self.size} bytes")

    def _address(self) -> tuple[str, dict[str, str]]:
        """Where the bytes lie now (signed addresses run out), and what to send there: elsewhere no token."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # there, and not declared

        url = hf_hub_url(self.repo, self.name, revision=self.commit, endpoint=self.endpoint)
        about = get_hf_file_metadata(url, token=self.token, timeout=TIMEOUT, endpoint=self.endpoint)
        headers = {**build_hf_headers(token=self.token, library_name="lorewright"), "Accept-Encoding": "identity"}
        if urlsplit(about.location).netloc != urlsplit(url).netloc:
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        return about.location, headers


def _length(part: Path) -> int:
    """How much of a file is there; raises NotSaved."""
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise NotSaved(path=part, reason=error.strerror or str(error)) from error


@contextmanager
def _opened(part: Path, first: int) -> Iterator[IO[bytes]]:
    """A file open for writing from a place on, and on the disk when it is closed; raises NotSaved."""
    try:
        stream = part.open("r+b" if part.exists() else "wb", buffering=0)
        stream.truncate(first)
        stream.seek(first)
    except OSError as error:
        raise NotSaved(path=part, reason=error.strerror or str(error)) from error
    with stream:
        yield stream
        os.fsync(stream.fileno())


def _put(stream: IO[bytes], part: Path, chunk: bytes) -> None:
    """Hands bytes to the system; raises NotSaved where the disk takes no more, with what it took still there."""
    try:
        while chunk:
            chunk = chunk[stream.write(chunk) :]
    except OSError as error:
        raise NotSaved(path=part, reason=error.strerror or str(error)) from error
