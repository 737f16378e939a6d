"""`lorewright check --fix`, `--select`, `--ignore` and the `lint` settings: what is mended, saved and left alone."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from studio.cli import fixing, main
from studio.files import read_text, save_atomic

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
ROOT = Path(__file__).parents[2]
WRONG = read_text(FIXTURES / "W010.wrong.md")
MENDED = WRONG.replace("the the current", "the current")
TWO = WRONG.replace("</User>", "</user>")


def rows(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str], str]:
    code = main(["check", "--format", "json", "--no-cache", *map(str, words)])
    out, err = capsys.readouterr()
    return code, [row["code"] for row in json.loads(out)], err


def test_fix_mends_saves_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.md").write_text(TWO, encoding="utf-8")
    (tmp_path / "clean.md").write_text(MENDED, encoding="utf-8")
    before = (tmp_path / "clean.md").stat()
    code, found, err = rows(capsys, "--fix", tmp_path)
    assert (code, found) == (0, [])
    assert read_text(tmp_path / "a.md") == MENDED
    assert f"{tmp_path / 'a.md'}:41: mended S010: Write </User>" in err
    assert f"{tmp_path / 'a.md'}:43: mended W010: Delete one" in err
    assert "2 fixes in 1 file\n" in err
    assert (tmp_path / "clean.md").stat().st_mtime_ns == before.st_mtime_ns


def test_without_fix_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.md").write_text(TWO, encoding="utf-8")
    assert rows(capsys, tmp_path)[:2] == (1, ["S010", "W010"])
    assert read_text(tmp_path / "a.md") == TWO


def test_what_is_not_sure_is_left_and_still_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = read_text(FIXTURES / "R108.wrong.md")
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    assert rows(capsys, "--fix", tmp_path)[:2] == (1, ["R108"])
    assert read_text(tmp_path / "a.md") == text


def test_line_ends_and_the_byte_order_mark_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\ufeff" + TWO.replace("\n", "\r\n")
    (tmp_path / "a.md").write_bytes(text.encode())
    assert rows(capsys, "--fix", tmp_path)[0] == 0
    assert (tmp_path / "a.md").read_bytes() == ("\ufeff" + MENDED.replace("\n", "\r\n")).encode()


@pytest.mark.parametrize("content", [b"<user>caf\xe9</User>", b"\xff\xfe<\x00u\x00"])
def test_an_unreadable_file_is_told_and_never_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "bad.md").write_bytes(content)
    (tmp_path / "good.md").write_text(WRONG, encoding="utf-8")
    assert rows(capsys, "--fix", tmp_path)[:2] == (1, ["S001"])
    assert (tmp_path / "bad.md").read_bytes() == content
    assert read_text(tmp_path / "good.md") == MENDED


@pytest.mark.parametrize("watched", [True, False])
def test_a_file_that_changes_meanwhile_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, watched: bool
) -> None:
    """The twin saves without looking again, and what another program wrote is lost."""
    path = tmp_path / "a.md"
    path.write_text(WRONG, encoding="utf-8")
    mend = fixing.mend

    def slow(text: str, judge: object) -> object:
        path.write_text("<User>mine</User>", encoding="utf-8")
        return mend(text, judge)  # type: ignore[arg-type]

    monkeypatch.setattr(fixing, "mend", slow)
    if not watched:
        monkeypatch.setattr(fixing.Rewrite, "save", lambda rewrite: save_atomic(rewrite.path, rewrite.after))
    code, _found, err = rows(capsys, "--fix", path)
    assert ("changed by another program just now" in err) == watched
    assert read_text(path) == ("<User>mine</User>" if watched else MENDED)
    assert (code == 3) == watched


_AS_NOBODY = """
import contextlib, io, os, sys
from studio.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main(["check", "--fix", "b.md"])  # all that lies in the checkout is read while we still may
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of this kind are not on this system")
@pytest.mark.parametrize("denied", [True, False])
def test_a_folder_that_takes_no_file_is_told_and_the_text_stays(denied: bool) -> None:
    """As another user where we are root, below a folder that this user may enter; the twin gives the right back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("a.md", "b.md"):
            (folder / file).write_text(WRONG, encoding="utf-8")
        folder.chmod(0o555 if denied else 0o777)
        command = [sys.executable, "-c", _AS_NOBODY, "check", "--fix", "a.md"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": name}
        ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        folder.chmod(0o755)
        assert ended.returncode == (4 if denied else 0), ended.stderr
        assert read_text(folder / "a.md") == (WRONG if denied else MENDED)
        assert [path.name for path in folder.iterdir() if "a.md" in path.name] == ["a.md"]


def test_codes_can_be_chosen_for_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.md").write_text(TWO, encoding="utf-8")
    assert rows(capsys, "--select", "W", tmp_path)[:2] == (0, ["W010"])
    assert rows(capsys, "--ignore", "w010,P", tmp_path)[:2] == (1, ["S010"])
    assert rows(capsys, "--select", "S,W", "--ignore", "S0", tmp_path)[:2] == (0, ["W010"])
    assert rows(capsys, "--fix", "--select", "S010", tmp_path)[:2] == (0, [])
    assert read_text(tmp_path / "a.md") == WRONG


@pytest.mark.parametrize("codes", ["X1", "everything", "S999", "R,W999"])
def test_codes_that_are_none_are_wrong_usage(codes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--select", codes, str(tmp_path)]) == 2
    assert codes.rpartition(",")[2] in capsys.readouterr().err


def workspace(folder: Path, settings: str) -> Path:
    (folder / "scenarios" / "combat").mkdir(parents=True)
    (folder / "lorewright.yaml").write_text("format: 1\n" + settings, encoding="utf-8")
    path = folder / "scenarios" / "combat" / "a.md"
    path.write_text(TWO, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", ["S010", "W010"]),
        ("lint:\n  ignore: [W010]\n", ["S010"]),
        ("lint:\n  select: [W]\n", ["W010"]),
        ('lint:\n  per-file:\n    "scenarios/combat/*.md": [S, W]\n', []),
        ('lint:\n  per-file:\n    "scenarios/mixed/*.md": [S, W]\n', ["S010", "W010"]),
    ],
)
def test_the_settings_of_the_workspace_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str, expected: list[str]
) -> None:
    path = workspace(tmp_path, settings)
    assert rows(capsys, path)[1] == expected
    assert rows(capsys, tmp_path)[1] == expected


@pytest.mark.parametrize(
    "settings", ["lint: [", "lint: loud\n", "lint:\n  ignore: [R999]\n", "lint:\n  ignored: [R]\n"]
)
def test_settings_that_cannot_be_used_are_told_and_silence_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str
) -> None:
    code, found, err = rows(capsys, workspace(tmp_path, settings))
    assert found == ["S010", "W010"]
    assert code == 3
    assert "lint settings" in err and "lorewright.yaml" in err


def test_a_cached_result_is_not_taken_for_another_selection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = workspace(tmp_path / "game", "").parent
    for number in range(70):
        (folder / f"{number}.md").write_text(WRONG, encoding="utf-8")
    for words, count in ((("--ignore", "W"), 1), ((), 72), (("--select", "W"), 71), (("--ignore", "W"), 1)):
        main(["check", "--format", "json", *words, str(folder)])
        assert len(json.loads(capsys.readouterr().out)) == count


def test_parse_counts_errors_as_check_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(workspace(tmp_path / "loud", ""))]) == 1
    assert main(["parse", str(workspace(tmp_path / "quiet", "lint:\n  ignore: [S010]\n"))]) == 0
    capsys.readouterr()
