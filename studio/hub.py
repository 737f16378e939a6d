"""Owns talking to the Hugging Face Hub through its own client, and what can go wrong there as sentences.

A token is handed in, or else the client's own business (`hf auth login`, or HF_TOKEN): none is kept or written here.
Knows neither data sets nor models.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import InputError, LorewrightError, MachineError, NotSaved
from studio.files import sha256_of
from studio.language import N_, _

if TYPE_CHECKING:
    from huggingface_hub import HfApi

TOKEN = "HF_TOKEN"
"""What the token for the Hub is called in the environment and in the keyring."""

_TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3", "hf_xet")
_ADDRESS = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?\Z")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")


class BadHubAddress(InputError):
    """The name of a repository is none."""

    sentence = N_("“{address}” is no address on the Hub. Write owner/name@revision, as in openai/gsm8k@main.")


class HubGated(InputError):
    """A repository's owner has to let people in."""

    sentence = N_(
        "{repo} is gated: ask for access on its page on the Hub, keep a token that may read it with "
        "`lorewright models token --keep`, and try again."
    )


class HubMissing(InputError):
    """There is no such repository, or it is private and this person is not known to have access."""

    sentence = N_(
        "There is no {repo} on the Hub, or it is private. Check the name; for a private one keep a token that may "
        "read it with `lorewright models token --keep`."
    )


class HubRevisionMissing(InputError):
    """A repository has no such revision, or no such file there."""

    sentence = N_("{repo} has no {what}. Look at its page on the Hub for what there is.")


class HubUnreachable(MachineError):
    """The Hub does not answer."""

    sentence = N_(
        "The Hub could not be reached for {repo} ({reason}). Check the network and try again; whole files are kept."
    )


class HubRefused(InputError):
    """The Hub says no."""

    sentence = N_("The Hub refused the request for {repo} ({reason}). If it asks for a login, run `hf auth login`.")


class HubBusy(MachineError):
    """The Hub answers that too much was asked of it."""

    sentence = N_(
        "The Hub asks to wait {seconds} seconds before it sends {repo}. Try again then; whole files are kept."
    )


class HubDamaged(InputError):
    """What arrived is not what the Hub says that it is."""

    sentence = N_("{file} of {repo} arrived damaged ({reason}) and was thrown away. Try again to fetch it anew.")


@dataclass(frozen=True, slots=True)
class Address:
    """A repository on the Hub; `revision` is empty where none is written."""

    repo: str
    revision: str = ""

    @classmethod
    def of(cls, text: str) -> "Address":
        """The address in `owner/name@revision`; raises BadHubAddress."""
        match = _ADDRESS.match(text.strip())
        if match is None:
            raise BadHubAddress(address=text)
        return cls(match["repo"], match["revision"] or "")

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit, which never changes."""
        return _COMMIT.match(self.revision) is not None

    def __str__(self) -> str:
        return f"{self.repo}@{self.revision}" if self.revision else self.repo


def endpoint() -> str | None:
    """Where the Hub is, if the environment says so; asked at every call, not when the client is imported."""
    return os.environ.get("HF_ENDPOINT") or None


def page(path: str) -> str:
    """The address of a page of the Hub, such as that of a repository."""
    return f"{endpoint() or 'https://huggingface.co'}/{path}"


def client(token: str | bool | None = None) -> "HfApi":
    """The Hub's own client, without its bars on the terminal; it finds a token itself, unless False forbids it."""
    from huggingface_hub import HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    return HfApi(endpoint=endpoint(), library_name="lorewright", token=token)


class Bar:
    """What the client draws a download with: tells bytes done and of how many; what telling raises stops it."""

    def __init__(self, told: Callable[[int, int | None], None], **about: Any) -> None:
        self._told = told
        self.total: int | None = about.get("total")
        self.n: int = about.get("initial") or 0

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_args: object) -> None:
        pass

    def update(self, count: int | float | None = 1) -> None:
        """Some more bytes."""
        self.n += int(count or 0)
        self._told(self.n, self.total)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """The rest of a bar's methods, which are about how it looks."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_args, **_about: None


@contextmanager
def translated(repo: str) -> Iterator[None]:
    """Turns what the client raises into our errors."""
    try:
        yield
    except LorewrightError:
        raise
    except Exception as error:
        ours = _ours(error, repo)
        if ours is None:
            raise
        raise ours from error


def _ours(error: Exception, repo: str) -> LorewrightError | None:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return HubGated(repo=repo)
    if isinstance(error, errors.RepositoryNotFoundError):
        return HubMissing(repo=repo)
    if isinstance(error, errors.RevisionNotFoundError):
        return HubRevisionMissing(repo=repo, what="such revision")
    if isinstance(error, errors.LocalEntryNotFoundError | errors.OfflineModeIsEnabled):
        return HubUnreachable(repo=repo, reason=_reason(error.__cause__ or error))
    if isinstance(error, errors.EntryNotFoundError):
        return HubRevisionMissing(repo=repo, what="such file")
    if isinstance(error, errors.HFValidationError):
        return BadHubAddress(address=repo)
    if isinstance(error, errors.HfHubHTTPError):
        return _refusal(error, repo)
    if type(error).__module__.partition(".")[0] in _TRANSPORTS or isinstance(error, errors.XetDownloadError):
        return HubUnreachable(repo=repo, reason=_reason(error))
    if isinstance(error, ValueError) and "metadata in README" in str(error):
        return HubRefused(repo=repo, reason=" ".join(str(error).split()))
    return _of_disk(error, repo)


def _refusal(error: Exception, repo: str) -> LorewrightError:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0)
    said = getattr(error, "server_message", None) or _reason(error)
    if status == 429:
        return HubBusy(repo=repo, seconds=_wait(response))
    if status >= 500:
        return HubUnreachable(repo=repo, reason=f"{status}")
    return HubRefused(repo=repo, reason=f"{status}: {said}" if status else said, status=status)


def _wait(response: Any) -> int:
    """How many seconds the Hub asks to wait, by either of the headers that it uses."""
    asked = str(response.headers.get("Retry-After") or "")
    if re.fullmatch("[0-9]{1,6}", asked):
        return int(asked)
    reset = re.search(r";\s*t\s*=\s*([0-9]{1,6})", str(response.headers.get("RateLimit") or ""))
    return int(reset[1]) if reset else _WAIT


_WAIT = 60
"""What is waited where the Hub does not say."""


def _of_disk(error: Exception, repo: str) -> LorewrightError | None:
    if not isinstance(error, OSError):
        return None
    if "Consistency check failed" in str(error):
        return HubDamaged(repo=repo, file="A file", reason=_reason(error))
    if error.errno is not None:
        return NotSaved(path=error.filename or repo, reason=error.strerror or str(error))
    return HubUnreachable(repo=repo, reason=_reason(error))


def _reason(error: BaseException) -> str:
    """The first line of what an error says, or its kind."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def damage(path: Path, size: int | None, sha256: str | None, git: str | None) -> str | None:
    """What is wrong with a file that was fetched; None where it is what the Hub says.

    The Hub names the SHA-256 of large files, and the id that git gives to the content of small ones.
    """
    try:
        there = path.stat().st_size
        if size is not None and there != size:
            return _("{size} bytes instead of {wanted}").format(size=there, wanted=size)
        same = sha256_of(path) == sha256 if sha256 is not None else git is None or _git_id(path, there) == git
    except OSError as error:
        return error.strerror or str(error)
    return None if same else _("its hash is another")


def _git_id(path: Path, size: int) -> str:
    """The id that git gives to a file's content."""
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
