"""Owns fetching a model's folder from the Hugging Face Hub: whole and checked, or not there.

What is fetched lies in a folder for half models until its last file is checked, with the list of the commit's files
beside it, so that another process goes on where this one stopped, and at the same commit. Knows no catalogue.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from studio.amounts import file_size
from studio.errors import LorewrightError, NotSaved, PartMissing
from studio.files import read_text, save_atomic, sync_folder
from studio.gguf.known_bases import MANIFEST
from studio.hub import (
    TOKEN,
    HubBusy,
    HubDamaged,
    HubGated,
    HubMissing,
    HubRefused,
    HubRevisionMissing,
    client,
    damage,
    endpoint,
    page,
    translated,
)
from studio.language import _
from studio.secrets import Held, held, secret
from studio.training.fetched import (
    HALF,
    Fetched,
    FetchedFile,
    is_there,
    is_weights,
    lock_of,
    manifest_of,
    wanted,
)
from studio.training.hub_errors import (
    BeingFetched,
    LicenceNotAccepted,
    LicenceToAccept,
    NotEnoughRoom,
    NothingToFetch,
    TokenRefused,
)
from studio.training.streaming import Pace, Stream

_T = TypeVar("_T")

_LISTED = "listed.json"
_SPARE = 256 << 20
_LONGEST_WAIT, _MOST_WAITS = 300, 5
_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Fetching:
    """How far a fetching is: the file under way, bytes of all files, and seconds that the Hub asked to wait."""

    file: str
    done: int
    of: int
    waits: int = 0


Told = Callable[[Fetching], None]
"""Hears of progress; what it raises stops the fetching, and what was fetched is kept for the next time."""


def fetch(
    name: str,
    repo: str,
    revision: str,
    models: Path,
    told: Told = lambda _far: None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """The folder `models/name` with a repository's model; one that is there whole is left as it is, and of one that
    lost files since those are fetched again.

    Raises the Hub's errors, LicenceToAccept, LicenceNotAccepted, TokenRefused, NothingToFetch, NotEnoughRoom,
    BeingFetched, NotSaved, or what `told` raises.
    """
    folder, half = models / name, models / HALF / name
    if _is_fetched(folder):
        return folder
    if find_spec("huggingface_hub") is None:
        raise PartMissing(part=_("The Hub's client"), reason=_("it comes with the part for training or for data"))
    try:
        half.mkdir(parents=True, exist_ok=True)
        lock = lock_of(half)
        taken = lock.acquire()
    except OSError as error:
        raise NotSaved(path=half, reason=error.strerror or str(error)) from error
    if not taken:
        raise BeingFetched(model=name)
    with lock, _on_disk(half):
        if _is_fetched(folder):  # another process was quicker
            half.rmdir()
            return folder
        known = manifest_of(folder)
        if known is not None:
            _take_back(folder, half, known)
        _Fetch(name, repo, revision, half, told, sleep).run()
        _finish(half, folder)
    return folder


def _is_fetched(folder: Path) -> bool:
    known = manifest_of(folder)
    return known is not None and is_there(folder, known)


def _take_back(folder: Path, half: Path, known: Fetched) -> None:
    """Makes a folder that is not whole any more a half one again, so that what is missing is fetched."""
    shutil.rmtree(half)
    folder.rename(half)
    (half / MANIFEST).unlink()
    save_atomic(half / _LISTED, known.model_dump_json(indent=1) + "\n")


def _finish(half: Path, folder: Path) -> None:
    """Gives a whole folder its name."""
    if folder.exists():
        raise NotSaved(path=folder, reason=_("something else has its name; move that away"))
    (half / _LISTED).unlink(missing_ok=True)
    half.rename(folder)
    sync_folder(folder.parent)


@contextmanager
def _on_disk(folder: Path) -> Iterator[None]:
    """Turns what the system says of the disk into our error."""
    try:
        yield
    except OSError as error:
        raise NotSaved(path=error.filename or folder, reason=error.strerror or str(error)) from error


def drop_half(name: str, models: Path) -> bool:
    """Takes a half fetched model away; False where there is none. Raises BeingFetched or NotSaved."""
    half = models / HALF / name
    if not half.is_dir():
        return False
    lock = lock_of(half)
    with _on_disk(half):
        if not lock.acquire():
            raise BeingFetched(model=name)
        with lock:
            shutil.rmtree(half)
    return True


class _Fetch:
    """One fetching: who asks, how it goes on, and what it has."""

    def __init__(
        self, name: str, repo: str, revision: str, half: Path, told: Told, sleep: Callable[[float], None]
    ) -> None:
        self._name, self._repo, self._revision, self._half = name, repo, revision, half
        self._told, self._sleep = told, sleep
        self._token: str | bool = False  # none is sent where none is needed
        self._done = self._of = 0

    def run(self) -> None:
        """Fetches what is missing and checks each file as it comes."""
        listed = self._listed()
        try:
            self._files(listed)
        except HubRevisionMissing:
            (self._half / _LISTED).unlink()  # the commit that was begun with is there no more
            listed = self._listed()
            self._files(listed)
        save_atomic(self._half / MANIFEST, listed.model_dump_json(indent=1) + "\n")

    def _listed(self) -> Fetched:
        """The files of the commit that was begun with, else of the one that the revision is now."""
        path = self._half / _LISTED
        try:
            known = Fetched.model_validate_json(read_text(path))
            if (known.repo, known.revision) == (self._repo, self._revision):
                return known
        except (LorewrightError, pydantic.ValidationError):
            pass  # nothing was begun, or it cannot be gone on with
        listed = self._patient(self._asked)
        save_atomic(path, listed.model_dump_json(indent=1) + "\n")
        return listed

    def _asked(self) -> Fetched:
        with translated(self._repo):
            hub = client(self._token)
            info = hub.model_info(self._repo, revision=self._revision, files_metadata=True, timeout=_TIMEOUT)
        if info.sha is None:
            raise HubRevisionMissing(repo=self._repo, what="commit")
        try:
            files = [_file_of(one) for one in info.siblings or () if wanted(one.rfilename)]
            files.sort(key=lambda one: one.size)  # what is wrong with the small ones shows before the large ones come
            listed = Fetched(repo=self._repo, revision=self._revision, commit=info.sha, files=tuple(files))
        except pydantic.ValidationError as error:
            raise HubRefused(repo=self._repo, reason=_("its list of files makes no sense"), status=0) from error
        if not any(is_weights(one.name) for one in files):
            raise NothingToFetch(repo=self._repo)
        return listed

    def _files(self, listed: Fetched) -> None:
        self._of = listed.bytes
        self._clear(listed)
        missing = [one for one in listed.files if not self._is_whole(one)]
        self._room(missing)
        self._done = listed.bytes - sum(one.size for one in missing)
        for one in missing:
            self._file(listed, one)

    def _clear(self, listed: Fetched) -> None:
        """Takes away what belongs to another commit."""
        known = {_LISTED, *(one.name for one in listed.files), *(self._part(one).name for one in listed.files)}
        for path in self._half.iterdir():
            if path.name not in known:
                path.unlink()

    def _is_whole(self, one: FetchedFile) -> bool:
        path = self._half / one.name
        return path.is_file() and damage(path, one.size, one.sha256, one.git) is None

    def _room(self, missing: list[FetchedFile]) -> None:
        """Raises NotEnoughRoom before anything is fetched that would not fit."""
        there = sum(part.stat().st_size for one in missing if (part := self._part(one)).is_file())
        needed = sum(one.size for one in missing) - there + _SPARE
        folder = self._half.parent.parent
        free = shutil.disk_usage(folder).free
        if missing and free < needed:
            raise NotEnoughRoom(model=self._name, needed=file_size(needed), folder=folder, free=file_size(free))

    def _part(self, one: FetchedFile) -> Path:
        return self._half / f"{one.name}.{(one.sha256 or one.git or '')[:12]}.part"

    def _file(self, listed: Fetched, one: FetchedFile) -> None:
        """Fetches a file past what is there of it; one whose hash is wrong is thrown away."""
        part = self._part(one)
        self._patient(lambda: self._streamed(listed, one, part))
        wrong = damage(part, one.size, one.sha256, one.git)
        if wrong is not None:
            part.unlink(missing_ok=True)
            raise HubDamaged(repo=self._repo, file=one.name, reason=wrong)
        part.replace(self._half / one.name)
        self._done += one.size

    def _streamed(self, listed: Fetched, one: FetchedFile, part: Path) -> None:
        def told(there: int) -> None:
            self._told(Fetching(one.name, self._done + there, self._of))

        stream = Stream(listed.repo, listed.commit, one.name, one.size, self._token, endpoint())
        stream.into(part, told, Pace(listed.repo), self._sleep)

    def _patient(self, ask: Callable[[], _T]) -> _T:
        """What is asked for; where the Hub asks to wait a bearable time, it is waited and asked again."""
        for _turn in range(_MOST_WAITS):
            try:
                return self._let_in(ask)
            except HubBusy as error:
                seconds = int(str(error.fields["seconds"]))
                if seconds > _LONGEST_WAIT:
                    raise
                for left in range(max(1, seconds), 0, -1):
                    self._told(Fetching("", self._done, self._of, waits=left))
                    self._sleep(1)
        return self._let_in(ask)

    def _let_in(self, ask: Callable[[], _T]) -> _T:
        """What is asked for; the token is looked for only where the Hub wants one."""
        try:
            return ask()
        except (HubGated, HubMissing, HubRefused) as error:
            if self._token is False and not (isinstance(error, HubRefused) and error.fields.get("status") != 401):
                found = _token()
                if found is not None:
                    self._token = found
                    return self._let_in(ask)
            raise self._named(error) from error

    def _named(self, error: HubGated | HubMissing | HubRefused) -> LorewrightError:
        """What a refusal means for a person."""
        where, tokens = page(self._repo), page("settings/tokens")
        if isinstance(error, HubGated):
            if self._token is False:
                return LicenceToAccept(repo=self._repo, page=where, tokens=tokens)
            return LicenceNotAccepted(repo=self._repo, page=where)
        if self._token is not False and isinstance(error, HubRefused) and error.fields.get("status") == 401:
            return TokenRefused(place=_place(), tokens=tokens)
        return error


def _file_of(sibling: Any) -> FetchedFile:
    """A file as the Hub lists it; raises pydantic's error where it cannot be checked when it comes."""
    large = sibling.lfs
    sha256 = large.sha256 if large else None
    return FetchedFile(name=sibling.rfilename, size=sibling.size, sha256=sha256, git=None if large else sibling.blob_id)


def _token() -> str | None:
    """The token for the Hub: of the environment, the keyring, else of `hf auth login`."""
    from huggingface_hub import get_token

    return secret(TOKEN) or get_token()


def _place() -> str:
    """Where the token was found, for people."""
    if held(TOKEN) is Held.ENVIRONMENT:
        return _("the environment variable {name}").format(name=TOKEN)
    return _("the system's keyring") if held(TOKEN) is Held.KEYRING else _("`hf auth login`")
