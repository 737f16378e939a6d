"""Owns what happened to the files of a build since it was made; knows nothing of what is in them."""

from pathlib import Path

from studio.dataset.builds import Build
from studio.dataset.manifest import MANIFEST
from studio.files import sha256_of
from studio.language import plural

_DEPTH = 2
"""Folders between a build and its workspace: `datasets/NAME/HASH`."""


def changed_since(build: Build) -> tuple[str, ...]:
    """The files of the workspace that a build was made of and that are gone or not what they were, by their paths.

    As `make` does it, a file that is older than the build is taken for the same; others are read.
    """
    root, made = build.path.parents[_DEPTH], (build.path / MANIFEST).stat().st_mtime_ns
    here = {source.name for source in build.manifest.sources if source.kind != "hub"}
    inputs = build.manifest.inputs
    named = {path: digest for source in here & inputs.keys() for path, digest in inputs[source].items()}
    return tuple(
        path for path, digest in sorted(named.items())
        if not Path(path).is_absolute() and not _same(root / path, digest, made)
    )  # fmt: skip


def _same(path: Path, digest: str, made: int) -> bool:
    try:
        return path.stat().st_mtime_ns <= made or sha256_of(path) == digest
    except OSError:
        return False


def changed_sentence(changed: int) -> str:
    """What to know of a build of whose files so many changed; nothing where none did."""
    if not changed:
        return ""
    return plural(
        "{count} file that it was made of changed since: build it again to learn from what stands there now.",
        "{count} files that it was made of changed since: build it again to learn from what stands there now.",
        changed,
    )
