"""`lorewright check`: exit codes, rows, and what happens to files that cannot be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.files import TEXT_LIMIT
from studio.resources import resource

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((resource("schemas") / "check.schema.json").read_text(encoding="utf-8"))
CLEAN = (FIXTURES / "S007.near.md").read_bytes()
WRONG = (FIXTURES / "S007.wrong.md").read_bytes()
_AS_NOBODY = """
import contextlib, io, os, sys
from studio.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main(["check", "--format", "json", "b.md"])  # all that lies in the checkout is read while we still may
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


def checked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[dict[str, object]], str]:
    code = main(["check", "--format", "json", *map(str, words)])
    out, err = capsys.readouterr()
    rows = json.loads(out)
    jsonschema.validate(rows, SCHEMA)
    return code, rows, err


def test_clean_file_gives_no_row_and_zero(capsys: pytest.CaptureFixture[str]) -> None:
    code, rows, err = checked(capsys, FIXTURES / "S007.near.md")
    assert (code, rows) == (0, [])
    assert err == "1 file, 0 errors, 0 warnings, 0 hints\n"


def test_text_output_is_a_line_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    path = FIXTURES / "S007.wrong.md"
    assert main(["check", str(path)]) == 1
    line = capsys.readouterr().out.splitlines()
    assert len(line) == 1
    assert line[0].startswith(f"{path}:")
    assert ": error S007 This <User> is never closed." in line[0]


def test_warnings_count_only_when_strict(capsys: pytest.CaptureFixture[str]) -> None:
    path = FIXTURES / "S019.wrong.md"
    code, rows, _err = checked(capsys, path)
    assert (code, [row["severity"] for row in rows]) == (0, ["warning"])
    assert checked(capsys, path, "--strict")[0] == 1
    assert checked(capsys, FIXTURES / "P019.wrong.md", "--strict")[0] == 0


def test_every_fixture_gives_rows_of_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    code, rows, _err = checked(capsys, FIXTURES)
    assert code == 1
    assert {str(row["path"])[-13:-9] for row in rows if str(row["path"]).endswith("wrong.md")} >= {"S001", "T021"}


def test_folders_are_searched_and_each_file_is_checked_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.md", "deep/er/b.MD", "note.txt", ".hidden/c.md", ".d.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(WRONG)
    (tmp_path / "loop").symlink_to(tmp_path)
    code, rows, _err = checked(capsys, tmp_path, tmp_path / "a.md")
    assert code == 1
    assert [Path(str(row["path"])).name for row in rows] == ["a.md", "b.MD"]


def test_wrong_usage_and_missing_paths_are_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 2
    assert main(["check", str(tmp_path / "nope.md")]) == 2
    assert "nope.md" in capsys.readouterr().err
    capsys.readouterr()
    assert main(["check", "--no-such-option", "--format", "json"]) == 2
    assert "--no-such-option" in json.loads(capsys.readouterr().out)["error"]["message"]


@pytest.mark.parametrize("jobs", ["0", "-2", "many"])
def test_work_is_shared_among_one_or_more(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", ".", f"--jobs={jobs}"]) == 2
    assert "whole number from 1" in capsys.readouterr().err


def test_explain_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", "s007"]) == 0
    assert capsys.readouterr().out.startswith("# S007: ")
    assert main(["check", "--explain", "S007", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["severity"] == "error"


def test_a_code_is_suggested_only_where_one_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", "S0007"]) == 2
    assert "the nearest is S007" in capsys.readouterr().err
    for words in (["--explain", "X999"], [".", "--select", "X999"]):
        assert main(["check", *words]) == 2
        told = capsys.readouterr().err
        assert "nearest" not in told and str(resource("diagnostics")) in told


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\xff\xfe<\x00", "S001"), (b"<User>caf\xe9</User>", "S001"), (b"x" * (TEXT_LIMIT + 1), "S002")],
)
def test_undecodable_and_too_large_files_are_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, code: str
) -> None:
    (tmp_path / "bad.md").write_bytes(content)
    (tmp_path / "good.md").write_bytes(CLEAN)
    result, rows, _err = checked(capsys, tmp_path)
    assert result == 1
    assert [row["code"] for row in rows] == [code]
    assert (tmp_path / "bad.md").read_bytes() == content


def test_a_file_of_the_size_limit_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "big.md").write_bytes(b"<!-- " + b"x" * (TEXT_LIMIT - 9) + b" -->")
    _result, rows, _err = checked(capsys, tmp_path)
    assert [row["code"] for row in rows] == ["S003"]


BAD_TEXTS = {
    "empty": "",
    "nul": "<User>\0\0</User>",
    "bom": "\ufeff" + CLEAN.decode(),
    "crlf": CLEAN.decode().replace("\n", "\r\n"),
    "cr": CLEAN.decode().replace("\n", "\r"),
    "rtl": "<User>שלום \u202e עולם</User>",
    "emoji": "<User>" + "🐉" * 500 + "</user>",
    "long line": "<User>" + "word " * 200_000 + "</User>",
    "brackets": "<DM>" + "[" * 100_000 + "]" * 100_000 + "</DM>",
    "tags": "<" * 100_000 + "<DM>" * 10_000,
    "front": "---\n" + "[" * 50_000 + "\n---\n",
    "front again": "---\na: &a [x]\nb: [" + "*a, " * 5_000 + "*a]\n---\n",
    "dates": "---\ntitle: 2020-01-01\nseed: .nan\nweight: 1e999\n---\n",
    "lists": "<SYSTEM>\n" + "- " * 50_000 + "x\n</SYSTEM>",
    "digits": "<SYSTEM>\n# Party\n## A\n- Level " + "9" * 9_000 + "\n- Health: 1/" + "9" * 9_000 + "\n</SYSTEM>",
    "escape": "<User>\x1b[31mred</User>\n\x1b]0;title\x07",
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_bad_input_ends_with_rows_and_never_with_our_mistake(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.md").write_bytes(BAD_TEXTS[name].encode())
    code, rows, _err = checked(capsys, tmp_path / "bad.md")
    assert code == (0 if name in ("bom", "crlf", "cr", "lists") else 1)
    assert (code == 0) == all(row["severity"] != "error" for row in rows)
    assert main(["parse", str(tmp_path / "bad.md")]) == code
    assert json.loads(capsys.readouterr().out)["path"].endswith("bad.md")


def test_messages_hold_no_control_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.md").write_text(BAD_TEXTS["escape"], encoding="utf-8")
    main(["check", str(tmp_path / "bad.md")])
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of this kind are not on this system")
@pytest.mark.parametrize("denied", [True, False])
def test_a_file_without_rights_is_told_and_the_others_are_checked(tmp_path: Path, denied: bool) -> None:
    """As another user where we are root, for whom rights deny nothing; the twin gives the right back."""
    (tmp_path / "a.md").write_bytes(CLEAN)
    (tmp_path / "b.md").write_bytes(WRONG)
    tmp_path.chmod(0o755)
    (tmp_path / "a.md").chmod(0 if denied else 0o644)
    command = [sys.executable, "-c", _AS_NOBODY, "check", "--format", "json", "a.md", "b.md"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert [row["code"] for row in json.loads(result.stdout)] == ["S007"]
    assert result.returncode == (4 if denied else 1)
    assert ("a.md could not be read" in result.stderr) == denied


def test_output_survives_a_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    (tmp_path / "ü🐉.md").write_text("<User>🐉</user>", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "studio", "check", str(tmp_path)]
    result = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert result.returncode == 1
    assert b"S010" in result.stdout
    as_json = subprocess.run([*command, "--format", "json"], env=environment, capture_output=True, check=False)
    assert json.loads(as_json.stdout.decode("utf-8"))[0]["path"].endswith("ü🐉.md")
