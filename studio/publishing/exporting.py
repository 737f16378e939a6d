"""Owns one zip of a workspace to give away or to keep: what people wrote and what was found, no models and no keys.

What goes in is a list of places, not all but some: whatever else a folder may hold stays at home.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, LorewrightError
from studio.files import leads_out, read_bytes
from studio.language import N_, _
from studio.publishing.version import CARD
from studio.publishing.versions import FOLDER
from studio.publishing.zips import write_zip
from studio.workspace import Workspace
from studio.workspace.folder import MARKER

_FOLDERS = ("scenarios", "drafts", "datasets", "rubrics", "schemas", "suites", "results", "sessions")
_FILES = (MARKER, "tools.yaml", "rules.yaml", "snippets.yaml", "canon.yaml", "corrections.jsonl", "pairs.jsonl",
          "ratings.jsonl")  # fmt: skip
_OF_A_RUN = ("config.yaml", "report.json", "events.jsonl")
_OF_A_MODEL = ("card.json", "parity.json")
_VERSIONS = f"{FOLDER}/*/[0-9]*/{CARD}"
"""The cards of published versions: what each gate found, and every score."""
_NEVER = (".gguf", ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".npy", ".npz", ".pem", ".key", ".p12",
          ".pfx", ".env", ".kdbx", ".lock", ".tmp")  # fmt: skip
_SECRET = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY|\bsk-(?:[a-z]+-)*[A-Za-z0-9_]{20,}"
    rb"|\bhf_[A-Za-z0-9]{30,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bAIza[A-Za-z0-9_-]{30,}|\bAKIA[A-Z0-9]{16}\b|\bxox[abprs]-[A-Za-z0-9-]{20,}"
    rb"|(?i:\b(?:api[_-]?key|secret|token|password)[\"']?\s*[:=]\s*[\"']?)(?!\$|<|env\b)[A-Za-z0-9_./+-]{24,}"
)
_LARGEST = 1 << 30


class NothingToExport(InputError):
    """A workspace has nothing that is exported."""

    sentence = N_("{path} has no scenarios, data sets or results to export. Name a workspace with --workspace.")


class ExportExists(InputError):
    """A file lies where the export is to go."""

    sentence = N_("{path} is there already, and was not changed. Name another file with --out, or remove it.")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that would have gone along, and why it did not."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: the files by name, and what was left out for a reason that people should know."""

    path: Path
    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def export(workspace: Workspace, target: Path) -> Export:
    """Writes the zip, whole or not at all; raises ExportExists, NothingToExport or NotSaved."""
    if target.exists():
        raise ExportExists(path=target)
    files, left = list[tuple[str, Path]](), list[LeftOut]()
    for path in _places(workspace):
        name = path.relative_to(workspace.root).as_posix()
        reason = _against(path, workspace)
        if reason:
            left.append(LeftOut(name, reason))
        else:
            files.append((name, path))
    if not any(name != MARKER for name, _path in files):
        raise NothingToExport(path=workspace.root)
    root = workspace.name or "workspace"
    write_zip(target, [(f"{root}/{name}", path) for name, path in sorted(files)])
    return Export(target, tuple(name for name, _path in sorted(files)), tuple(left))


def _places(workspace: Workspace) -> Iterator[Path]:
    """Every file that belongs to an export; hidden ones and folders behind links are not looked at."""
    for name in _FILES:
        if (workspace.root / name).is_file():
            yield workspace.root / name
    for part in _FOLDERS:
        yield from _below(workspace.root / part)
    for folder, names in ((workspace.runs, _OF_A_RUN), (workspace.models, _OF_A_MODEL)):
        for inner in sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else ():
            if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
                yield from (inner / name for name in names if (inner / name).is_file())
    yield from sorted(path for path in workspace.models.glob(_VERSIONS) if path.is_file())


def _below(folder: Path) -> Iterator[Path]:
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _below(path)
        elif path.is_file():
            yield path


def _against(path: Path, workspace: Workspace) -> str:
    """Why a file stays at home, empty where it goes along."""
    if leads_out(path, workspace.root):
        return _("it is a link that leads out of the workspace")
    if path.suffix.lower() in _NEVER or path.name.lower() in ("id_rsa", "id_ed25519", "credentials"):
        return _("it is a model or a key")
    try:
        found = _SECRET.search(read_bytes(path, _LARGEST))
    except LorewrightError as error:
        return str(error)
    return _("it seems to hold a key or a password; take that out, or keep the file to yourself") if found else ""
