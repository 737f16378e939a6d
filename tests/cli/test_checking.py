"""Checking thousands of files: the same rows in the same order from many processes, from one, and from the cache."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli import check_cache, main
from studio.cli.check_cache import CheckCache, digest_of
from studio.cli.checking import FEW
from studio.cli.scenario_files import find
from studio.errors import LorewrightError
from studio.workspace import open_or_make

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache_home(tmp_path: Path) -> Path:
    return tmp_path / "caches"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The fixtures, in folders whose names say the type."""
    made = tmp_path / "many"
    for place, path in enumerate(sorted(FIXTURES.glob("*.md"))):
        target = made / ("combat", "roleplay", "other")[place % 3] / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert len(list(made.rglob("*.md"))) > 2 * FEW
    return made


@pytest.fixture(autouse=True)
def _caches_there(cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_cache, "user_cache", lambda *_system: cache_home / "lorewright")


def checked(*words: object) -> list[dict[str, object]]:
    """The rows of one run in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert main(["check", "--format", "json", "--jobs", "1", *map(str, words)]) in (0, 1)
    rows: list[dict[str, object]] = json.loads(out.getvalue())
    return rows


def checked_by_many(folder: Path) -> list[dict[str, object]]:
    """The rows of a run of its own, on three processes."""
    command = [sys.executable, "-m", "studio", "check", "--format", "json", "--no-cache", "--jobs", "3", str(folder)]
    result = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert result.returncode == 1, result.stderr
    rows: list[dict[str, object]] = json.loads(result.stdout)
    return rows


def cache_file(cache_home: Path) -> Path:
    (path,) = (cache_home / "lorewright").glob("check-*.json")
    return path


def test_rows_are_the_same_by_one_process_by_many_and_from_the_cache(folder: Path, cache_home: Path) -> None:
    plain = checked("--no-cache", folder)
    assert len(plain) > FEW and len({row["path"] for row in plain}) > FEW
    assert not cache_home.exists()
    assert checked_by_many(folder) == plain
    assert checked(folder) == plain
    assert checked(folder) == plain
    edited = folder / "combat" / "S007.near.md"
    edited = edited if edited.exists() else next(folder.rglob("S007.near.md"))
    edited.write_bytes((FIXTURES / "S007.wrong.md").read_bytes())
    again = checked(folder)
    assert again == checked("--no-cache", folder) and len(again) == len(plain) + 1
    edited.unlink()
    assert len(checked(folder)) == len(plain)
    assert str(edited) not in json.loads(cache_file(cache_home).read_text().partition("\n")[2])


def test_an_edit_that_keeps_size_and_time_is_noticed(folder: Path, cache_home: Path) -> None:
    path = next(folder.rglob("S007.near.md"))
    before = checked(folder)
    status, text = path.stat(), path.read_text("utf-8")
    path.write_text(text.replace("</User>", "</Usex>", 1), "utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size and path.stat().st_mtime_ns == status.st_mtime_ns
    assert len(checked(folder)) > len(before)


DAMAGES = {
    "cut short": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "one letter": lambda data: data.replace(b'"error"', b'"hint!"', 1),
    "no text": lambda data: b"\xff\x00" * 50,
    "nested": lambda data: b"[" * 200_000,
    "a list": lambda data: digest_of("[]").encode() + b"\n[]\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_ignored_and_written_anew(damage: str, folder: Path, cache_home: Path) -> None:
    plain = checked(folder)
    path = cache_file(cache_home)
    sound = path.read_bytes()
    path.write_bytes(DAMAGES[damage](sound))
    assert path.read_bytes() != sound
    assert checked(folder) == plain
    assert json.loads(path.read_bytes().partition(b"\n")[2]).keys() == json.loads(sound.partition(b"\n")[2]).keys()


def test_twin_without_its_checksum_a_damaged_cache_would_be_believed(folder: Path, cache_home: Path) -> None:
    plain = checked(folder)
    path = cache_file(cache_home)
    # The stamps of files that were just made are not trusted, and their content is compared; rows are then taken.
    body = path.read_text("ascii").partition("\n")[2].replace('"error"', '"hint!"', 1).removesuffix("\n")
    path.write_text(f"{digest_of(body)}\n{body}\n", "ascii")
    assert checked(folder) != plain


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(folder: Path, cache_home: Path) -> None:
    plain = checked("--no-cache", folder)
    cache_home.write_text("a file where a folder should be")
    assert checked(folder) == plain


def test_another_program_or_standard_makes_every_entry_stale(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = find([next(folder.rglob("S007.wrong.md"))], pytest.fail)
    cache = CheckCache(tmp_path / "cache.json")
    digest = digest_of(Path(one.whole).read_text("utf-8"))
    cache.keep(one, "standard", digest, 0, [{"code": "S007"}])
    cache.save([])
    again = CheckCache(tmp_path / "cache.json")
    assert again.rows(one, "standard") == [{"code": "S007"}]
    assert again.rows(one, "another") is None
    before = check_cache.program()
    check_cache.program.cache_clear()
    monkeypatch.setattr(check_cache, "__version__", "another")
    assert check_cache.program() != before
    check_cache.program.cache_clear()


def test_a_workspace_keeps_its_cache_to_itself(tmp_path: Path, folder: Path, cache_home: Path) -> None:
    workspace = open_or_make(tmp_path / "Game")
    for path in folder.rglob("*.near.md"):
        (workspace.scenarios / "mixed" / path.name).write_bytes(path.read_bytes())
    checked(workspace.scenarios)
    assert (workspace.private / "cache" / "check.json").is_file() and not cache_home.exists()


def test_files_are_found_in_order_and_once_through_links(tmp_path: Path) -> None:
    for name in ("b/2.md", "b/1.md", "a/3.md", "z.md", ".git/4.md", "a/.5.md", "a/6.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "c").symlink_to(tmp_path / "b")
    (tmp_path / "a" / "link.md").symlink_to(tmp_path / "b" / "1.md")
    troubles: list[LorewrightError] = []
    found = list(find([tmp_path, tmp_path / "a" / "3.md", tmp_path / "gone.md"], troubles.append))
    shown = [Path(one.shown).relative_to(tmp_path).as_posix() for one in found]
    assert shown == ["z.md", "a/3.md", "a/link.md", "b/2.md", "gone.md"]
    assert found[-1].stamp is None and not troubles
