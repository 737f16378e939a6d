"""`lorewright format`: what is written, what is only said, and what is never touched."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main, rewriting
from studio.files import read_text, save_atomic
from studio.resources import resource

SCHEMA = json.loads((resource("schemas") / "rewrite.schema.json").read_text(encoding="utf-8"))
UNTIDY = "<User> I go. </User>\n<DM>So be it.</DM>"
TIDY = "<User>I go.</User>\n\n<DM>So be it.</DM>\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "combat" / "a.md"
    path.parent.mkdir()
    path.write_text(UNTIDY, encoding="utf-8")
    return path


def test_lays_out_files_of_folders_and_says_which(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file.parent / "b.md").write_text(TIDY, encoding="utf-8")
    (file.parent / "c.txt").write_text(UNTIDY, encoding="utf-8")
    untouched = (file.parent / "b.md").stat()
    assert main(["format", str(file.parents[1])]) == 0
    out, err = capsys.readouterr()
    assert out == f"{file}: laid out\n"
    assert err == "2 files, 1 changed\n"
    assert file.read_bytes() == TIDY.encode()
    assert (file.parent / "c.txt").read_text(encoding="utf-8") == UNTIDY
    assert (file.parent / "b.md").stat().st_mtime_ns == untouched.st_mtime_ns
    assert main(["format", str(file.parents[1])]) == 0
    assert capsys.readouterr().out == ""


def test_check_writes_nothing_and_exits_with_one(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["format", "--check", str(file)]) == 1
    assert capsys.readouterr().out == f"{file}: would be laid out\n"
    assert file.read_text(encoding="utf-8") == UNTIDY
    file.write_text(TIDY, encoding="utf-8")
    assert main(["format", "--check", str(file)]) == 0


def test_diff_writes_nothing_and_shows_what_would_change(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["format", "--diff", str(file)]) == 0
    out = capsys.readouterr().out
    assert "-<User> I go. </User>\n" in out and "+<User>I go.</User>\n" in out
    assert "\n\\ No newline at end of file\n" in out
    assert file.read_text(encoding="utf-8") == UNTIDY
    assert main(["format", "--diff", "--check", str(file)]) == 1


@pytest.mark.parametrize("words", [["--check"], ["--diff"], []])
def test_json_is_one_row_a_file(file: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["format", "--format", "json", *words, str(file)])
    rows = json.loads(capsys.readouterr().out)
    jsonschema.validate(rows, SCHEMA)
    assert [(row["path"], row["changed"], row["written"]) for row in rows] == [(str(file), True, not words)]


def test_a_missing_path_stops_before_anything_is_written(file: Path, tmp_path: Path) -> None:
    assert main(["format", str(file), str(tmp_path / "no.md")]) == 2
    assert file.read_text(encoding="utf-8") == UNTIDY


def test_what_cannot_be_read_is_never_written(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, big = file.parent / "bad.md", file.parent / "big.md"
    bad.write_bytes(b"<User> \xff </User>")
    big.write_bytes(b"<User> a </User>\n" * 1_100_000)
    (file.parent / "gone.md").symlink_to(file.parent / "nowhere.md")
    size = big.stat().st_size
    assert main(["format", str(file.parent), str(bad)]) == 3
    assert "bad.md is not UTF-8" in capsys.readouterr().err
    assert bad.read_bytes() == b"<User> \xff </User>"
    assert big.stat().st_size == size
    assert file.read_text(encoding="utf-8") == TIDY  # the others have their turn


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_no_right_to_read_is_told_apart(file: Path) -> None:
    file.chmod(0)
    assert main(["format", str(file)]) == 4


def test_a_folder_that_cannot_be_written_keeps_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert main(["format", str(file)]) == 4
    assert "No space left on device" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == UNTIDY
    assert sorted(path.name for path in file.parent.iterdir()) == ["a.md"]


def test_a_file_that_changed_meanwhile_is_left(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rewriting.Rewrite(file, UNTIDY, TIDY)
    save_atomic(file, "<User>newer</User>\n")
    with pytest.raises(rewriting.ChangedMeanwhile):
        before.save()
    assert read_text(file) == "<User>newer</User>\n"
    # The twin: without the second look, what was newer is lost.
    monkeypatch.setattr(rewriting, "read_text", lambda path: UNTIDY)
    before.save()
    assert read_text(file) == TIDY


def test_line_ends_and_the_byte_order_mark_stay_on_disk(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf<User> a </User>\r\n\r\n\r\n<DM>b</DM>\r\n")
    assert main(["format", str(file)]) == 0
    assert file.read_bytes() == b"\xef\xbb\xbf<User>a</User>\r\n\r\n<DM>b</DM>\r\n"
