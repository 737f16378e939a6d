"""Reads data sets of the Hugging Face Hub as rows: fetched once by the Hub's client, checked, then read from the disk.

A revision is resolved to a commit when it is first read and stays at it; a pin remembers the commit, its files and
their hashes, so that a second build asks nobody. Knows no shape of a record.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import pydantic

from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Place, Row
from studio.dataset.sources.hub_files import files_of
from studio.dataset.sources.tables import TableFile
from studio.errors import InputError, LorewrightError, MachineError, UsageError
from studio.files import read_text, save_atomic
from studio.hub import (
    TOKEN,
    Address,
    Bar,
    HubDamaged,
    HubGated,
    HubMissing,
    HubRevisionMissing,
    client,
    damage,
    endpoint,
    translated,
)
from studio.language import _
from studio.secrets import secret
from studio.workspace.folder import Workspace

T = TypeVar("T")

FLOATING, LICENCE = "floating-revision", "licence"


class PinnedFile(pydantic.BaseModel):
    """A file of a commit: its SHA-256 where the Hub keeps large files, else the id that git gives it."""

    model_config = pydantic.ConfigDict(frozen=True)

    name: str
    size: int | None = None
    sha256: str | None = None
    git: str | None = None


class Pin(pydantic.BaseModel):
    """What a revision was resolved to."""

    model_config = pydantic.ConfigDict(frozen=True)

    repo: str
    revision: str
    commit: str = pydantic.Field(pattern=r"^[0-9a-f]{40}$")
    licence: str = ""
    configs: object = None
    files: tuple[PinnedFile, ...] = ()


def read(source: SourceSettings, reading: Reading) -> Iterator[Row | RowProblem]:
    """The rows of a split of a data set on the Hub; what fails is told. Raises BadHubAddress or Cancelled."""
    assert source.hub is not None
    address = Address.of(source.hub)
    try:
        pin = resolved(address, reading.root)
        names = files_of(address.repo, [one.name for one in pin.files], pin.configs, source.split)
        yield from _told(source, address, pin)
        for number, name in enumerate(names):
            reading.tell(source.name, number, len(names))
            path = fetched(pin, name, reading.root, partial(reading.tell, f"{source.name}: {name}"))
            shown = f"{pin.repo}@{pin.commit[:12]}/{name}"
            yield from TableFile(path, shown, source, reading, source.shape).rows()
    except (InputError, UsageError, MachineError) as error:
        yield RowProblem(source.name, Place(str(address)), error.code, str(error))


def _told(source: SourceSettings, address: Address, pin: Pin) -> Iterator[RowProblem]:
    """What a person should know of a pin."""
    place = Place(str(address))
    if not address.pinned:
        sentence = _("It stays at commit {commit}. Write {repo}@{commit} to have the same everywhere.")
        told = sentence.format(commit=pin.commit, repo=pin.repo)
        yield RowProblem(source.name, place, FLOATING, told, error=False)
    if pin.licence and not source.licence:
        sentence = _("Its card says the licence “{licence}”; write it under `licence` if you agree.")
        yield RowProblem(source.name, place, LICENCE, sentence.format(licence=pin.licence), error=False)


def cache_of(root: Path) -> Path:
    """Where a workspace keeps what it fetched."""
    return Workspace(root).private / "hub"


def resolved(address: Address, root: Path) -> Pin:
    """The pin of a revision: the remembered one, else what the Hub answers, remembered. Raises its errors."""
    path = _pin_path(address, root)
    try:
        return Pin.model_validate_json(read_text(path))
    except (LorewrightError, pydantic.ValidationError):
        pin = _asked(address)
    save_atomic(path, pin.model_dump_json(indent=1) + "\n")
    return pin


def _pin_path(address: Address, root: Path) -> Path:
    told = f"{endpoint() or ''} {address}".encode()
    name = f"{address.repo.replace('/', '--')}-{hashlib.sha256(told).hexdigest()[:12]}.json"
    return cache_of(root) / "pins" / name


def _asked(address: Address) -> Pin:
    return _let_in(partial(_pinned, address))


def _let_in(ask: Callable[[str | None], T]) -> T:
    """What is asked for as the Hub's client asks; where it refuses, with the token of the keyring."""
    try:
        return ask(None)
    except (HubGated, HubMissing):
        token = secret(TOKEN)
        if token is None:
            raise
    return ask(token)


def _pinned(address: Address, token: str | None) -> Pin:
    with translated(address.repo):
        info = client(token).dataset_info(
            address.repo, revision=address.revision or None, files_metadata=True, timeout=_TIMEOUT
        )
    if info.sha is None:
        raise HubRevisionMissing(repo=address.repo, what="commit")
    card: dict[str, Any] = dict(vars(info.card_data)) if info.card_data is not None else {}
    licence = card.get("license")
    files = tuple(
        PinnedFile(name=one.rfilename, size=one.size, sha256=one.lfs.sha256 if one.lfs else None, git=one.blob_id)
        for one in info.siblings or ()
    )
    return Pin(
        repo=address.repo,
        revision=address.revision,
        commit=info.sha,
        licence=licence if isinstance(licence, str) else "",
        configs=card.get("configs"),
        files=files,
    )


_TIMEOUT = 20.0


def fetched(pin: Pin, name: str, root: Path, told: Callable[[int, int | None], None] = lambda _done, _of: None) -> Path:
    """A file of a commit on the disk, its hash checked; `told` hears of bytes, and may raise to stop it.

    Raises HubDamaged, with the damaged file thrown away, or the Hub's errors.
    """
    from huggingface_hub import try_to_load_from_cache

    about = next(one for one in pin.files if one.name == name)
    cache = cache_of(root)
    known = try_to_load_from_cache(pin.repo, name, cache_dir=cache, revision=pin.commit, repo_type="dataset")
    if isinstance(known, str) and _damage(Path(known), about) is None:
        return Path(known)
    path = _let_in(partial(_downloaded, pin, name, cache, isinstance(known, str), told))
    wrong = _damage(path, about)
    if wrong is not None:
        _throw_away(path)
        raise HubDamaged(repo=pin.repo, file=name, reason=wrong)
    return path


def _downloaded(
    pin: Pin, name: str, cache: Path, again: bool, told: Callable[[int, int | None], None], token: str | None
) -> Path:
    from huggingface_hub import hf_hub_download

    with translated(pin.repo):
        client()
        return Path(
            hf_hub_download(
                pin.repo,
                name,
                repo_type="dataset",
                revision=pin.commit,
                cache_dir=cache,
                endpoint=endpoint(),
                force_download=again,
                library_name="lorewright",
                token=token,
                tqdm_class=cast("type[Any]", partial(Bar, told)),
            )
        )


def _damage(path: Path, about: PinnedFile) -> str | None:
    """What is wrong with a file that was fetched; None where it is what the Hub says."""
    return damage(path, about.size, about.sha256, about.git)


def _throw_away(path: Path) -> None:
    """Deletes a file of the cache and what it is a link to."""
    content = path.resolve()
    path.unlink(missing_ok=True)
    content.unlink(missing_ok=True)
