import json
from pathlib import Path

import pytest

from studio.workspace import Settings


def test_settings_are_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(path)
    settings.set("zoom", 1.25)
    settings.set("recent", ["a", "b"])
    settings.set("faces", True)
    again = Settings(path)
    assert (again.number("zoom", 1), again.texts("recent"), again.flag("faces", False)) == (1.25, ["a", "b"], True)


def test_a_setting_of_the_wrong_kind_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"zoom": "big", "flag": 1, "name": None, "list": "x", "truth": True}))
    settings = Settings(path)
    assert settings.number("zoom", 1.0) == 1.0
    assert settings.number("truth", 2.0) == 2.0
    assert settings.flag("flag", False) is False
    assert settings.text("name", "x") == "x"
    assert settings.texts("list") == []


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"null"])
def test_a_damaged_file_is_set_aside_and_not_lost(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings = Settings(path)
    settings.set("zoom", 2)
    assert Settings(path).number("zoom", 1) == 2
    assert (tmp_path / "settings.json.damaged").read_bytes() == content


def test_settings_that_cannot_be_saved_hold_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings = Settings(tmp_path / "file" / "settings.json")
    settings.set("zoom", 1.5)
    assert settings.number("zoom", 1) == 1.5
