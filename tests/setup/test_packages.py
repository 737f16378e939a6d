"""pip under the user's own settings, and mending what an interrupted pip left."""

import base64
import hashlib
import shutil
import socket
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from studio.files import sha256_of
from studio.setup import children
from studio.setup.choices import Choice
from studio.setup.failures import SetupFailed, explain
from studio.setup.packages import Pip, index_answers, mend, pinned, requirements, site_packages
from studio.setup.wheels import WheelCache, place


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def wheel_of(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """A wheel with these files, as a package index would hand it out."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{entry},{_digest(text)},{len(text)}\n" for entry, text in content.items())
    record += f"{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for entry, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(entry, text)
    return path


def pip(tmp_path: Path, python: str = sys.executable) -> Pip:
    (tmp_path / "constraints.txt").touch()
    return Pip(tmp_path, Path(python), tmp_path / "temporary", tmp_path / "log.txt", threading.Lock())


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_what_is_pinned_and_what_is_asked_for(root: Path) -> None:
    assert pinned(root, "torch") == "2.13.0"
    assert any(row.startswith("PySide6-Essentials") for row in requirements(root))
    assert f"llama-cpp-python=={pinned(root, 'llama-cpp-python')}" in requirements(root, "play")
    with pytest.raises(SetupFailed, match="does not say which version"):
        pinned(root, "no-such-package")


def test_the_users_own_settings_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that only the user's folder of wheels has is found, without a word of it in our command."""
    wheel_of(tmp_path / "links", "lorewright_probe", "1.0", {"lorewright_probe.py": "VALUE = 7\n"})
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    pip(tmp_path).download(tmp_path / "got", "lorewright-probe")
    assert [path.name for path in (tmp_path / "got").iterdir()] == ["lorewright_probe-1.0-py3-none-any.whl"]
    assert not (tmp_path / "temporary").exists()


def test_no_network_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed_port()}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    with pytest.raises(SetupFailed, match="Check the connection"):
        pip(tmp_path).download(tmp_path / "got", "lorewright-no-such-package")
    assert not list((tmp_path / "got").glob("*"))
    assert not (tmp_path / "temporary").exists()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish", "no package index answered"),
        ("SSLError(SSLCertVerificationError('CERTIFICATE_VERIFY_FAILED'))", "certificate"),
        ("ERROR: No matching distribution found for x (from versions: 1.0)", "no build for this system"),
        ("Could not find a version (from versions: none)", "did not answer"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "could not be written"),
        ("noise\nfatal error: thing.h: No such file\nmore", "thing.h"),
    ],
)
def test_what_pip_says_becomes_a_sentence(output: str, words: str) -> None:
    assert words in explain(output)


def test_an_index_that_does_not_answer_is_a_no() -> None:
    assert not index_answers(f"http://127.0.0.1:{closed_port()}/whl", seconds=2)
    assert not index_answers("http://index.invalid/whl", seconds=2)


def installed(tmp_path: Path) -> Path:
    """A folder of packages into which pip has put one."""
    wheel = wheel_of(tmp_path / "links", "lorewright_probe", "1.0", {"lorewright_probe.py": "VALUE = 7\n"})
    pip(tmp_path).install([wheel], "--no-index", "--target", tmp_path / "site")
    return tmp_path / "site"


@pytest.mark.parametrize("lost", ["lorewright_probe.py", "lorewright_probe-1.0.dist-info/RECORD"])
def test_a_half_installed_package_is_installed_again(tmp_path: Path, lost: str) -> None:
    site = installed(tmp_path)
    assert mend(site) == []
    (site / lost).unlink()
    assert mend(site) == ["lorewright_probe"]
    assert not list(site.glob("*.dist-info"))


def test_without_mending_pip_believes_the_record(tmp_path: Path) -> None:
    """The twin: what the defence is for."""
    site = installed(tmp_path)
    (site / "lorewright_probe.py").unlink()
    ended = children.run([sys.executable, "-m", "pip", "list", "--path", site], tmp_path / "log.txt")
    assert "lorewright" in ended.output


def test_a_file_cut_short_counts_as_lost(tmp_path: Path) -> None:
    site = installed(tmp_path)
    (site / "lorewright_probe.py").write_text("V", encoding="utf-8")
    assert mend(site) == ["lorewright_probe"]


def test_a_wheel_is_kept_under_its_flags(tmp_path: Path) -> None:
    cache = WheelCache(tmp_path / "cache")
    plain, fast = Choice("a", True, flags=("-DA=OFF",)), Choice("a", True, flags=("-DA=ON",))
    keys = [cache.key("pkg", "1.0", choice, "x86_64") for choice in (plain, fast)]
    assert keys[0] != keys[1]
    kept = cache.keep(keys[0], wheel_of(tmp_path, "pkg", "1.0", {}))
    assert cache.find(keys[0]) == kept
    assert cache.find(keys[1]) is None
    cache.drop(keys[0])
    assert cache.find(keys[0]) is None


def test_a_file_comes_whole_to_its_name(tmp_path: Path) -> None:
    (tmp_path / "got").write_bytes(b"new")
    (tmp_path / "final").write_bytes(b"old")
    place(tmp_path / "got", tmp_path / "final")
    assert (tmp_path / "final").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["final"]
    assert sha256_of(tmp_path / "final").startswith("11507a0e")


def test_this_environment_has_a_package_folder() -> None:
    assert (site_packages(Path(sys.prefix)) / "pip").is_dir() or shutil.which("pip") is not None
