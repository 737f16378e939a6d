"""Owns putting a build onto the Hugging Face Hub with the Hub's own client: private, unless public is asked for.

A repository that everybody can see already is not written to unless that is asked for. The token is the client's.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.dataset.builds import Build
from studio.dataset.export import Exported, export
from studio.dataset.reading import Progress
from studio.errors import InputError
from studio.hub import Address, BadHubAddress, client, translated
from studio.language import N_, _

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    CommitOperation = CommitOperationAdd | CommitOperationDelete


class IsPublic(InputError):
    """The repository exists and everybody can read it."""

    sentence = N_(
        "{repo} is public already, and this push was to be private; nothing was sent. Give `--public` if everybody "
        "may read it, or choose another name."
    )


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where a build lies on the Hub, and what was sent; `private` as the repository was or was made."""

    repo: str
    url: str
    commit: str
    private: bool
    exported: Exported


def push(build: Build, repo: str, *, public: bool = False, told: Callable[[Progress], None] | None = None) -> Pushed:
    """Sends a build as a `datasets` folder; the repository is made where it does not exist.

    Raises BadHubAddress, IsPublic, the Hub's errors, or what exporting raises.
    """
    address = Address.of(repo)
    if address.revision:
        raise BadHubAddress(address=repo)
    with tempfile.TemporaryDirectory(prefix="lorewright-push-") as folder:
        exported = export(build, "datasets", Path(folder) / "data", told)
        with translated(address.repo):
            return _sent(build, address.repo, exported, public)


def _sent(build: Build, repo: str, exported: Exported, public: bool) -> Pushed:
    hub = client()
    hub.create_repo(repo, repo_type="dataset", private=not public, exist_ok=True)
    there = hub.dataset_info(repo)
    if not public and there.private is False:
        raise IsPublic(repo=repo)
    message = _("Build {name}, made with Lorewright").format(name=build.name)
    sent = hub.create_commit(
        repo, _changes(exported, [one.rfilename for one in there.siblings or ()]), repo_type="dataset",
        commit_message=message,
    )  # fmt: skip
    return Pushed(repo, f"{hub.endpoint}/datasets/{repo}", sent.oid, there.private is not False, exported)


def _changes(exported: Exported, there: list[str]) -> "list[CommitOperation]":
    """What one commit has to do: all of the new files, and none of an earlier push's, which would be read with them."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    files = sorted(path for path in exported.path.rglob("*") if path.is_file())
    names = [path.relative_to(exported.path).as_posix() for path in files]
    old = [name for name in there if name.startswith(_OURS) and name not in names]
    return [
        *(CommitOperationAdd(name, path) for name, path in zip(names, files, strict=True)),
        *(CommitOperationDelete(name) for name in old),
    ]


_OURS = ("data/", "preferences/")
