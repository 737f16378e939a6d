"""`lorewright card`: cards in and out, and what is told where that cannot be."""

import json
from pathlib import Path

import pytest

from studio.cli import main
from studio.lint import check
from studio.scenario import load
from studio.scenario.cards import Card, blank_card, load_card, save_card
from studio.workspace import open_or_make
from studio.workspace.cards import KeptCards

FERRYMAN = blank_card().changed({"name": "Old Marrow", "first_mes": "Two coins, {{user}}.", "from_tomorrow": [1]})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace, and another folder to stand in."""
    open_or_make(tmp_path / "game")
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    code = main([str(word) for word in words])
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return code, value


def test_in_and_out_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_card(home / "m.png", FERRYMAN)
    picture = (home / "m.png").read_bytes()
    game = home / "game"
    code, told = said(
        capsys, "card", "import", home / "m.png", "--player", "Wren", "--workspace", game, "--format", "json"
    )
    path = Path(str(told["path"]))
    assert (code, told["characters"]) == (0, ["Old Marrow"])
    assert path == game / "scenarios" / "roleplay" / "old-marrow.md"
    parsed = load(path)
    assert parsed.scenario.player == "Wren" and not [one for one in check(parsed) if one.severity == "error"]
    code, told = said(capsys, "card", "--workspace", game, "--format", "json", "export", path, "old marrow")
    assert code == 0 and Path(str(told["path"])) == home / "desk" / "old-marrow.json"
    assert load_card(Path(str(told["path"]))).data["from_tomorrow"] == [1]
    # As a picture it keeps the picture that it came in.
    assert main(["card", "export", str(path), "Old Marrow", "-o", "m.png", "--workspace", str(game)]) == 0
    assert (home / "desk" / "m.png").read_bytes()[:100] == picture[:100]
    assert load_card(home / "desk" / "m.png").data["from_tomorrow"] == [1]


def test_a_card_that_was_never_imported_needs_no_past(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[1] / "fixtures" / "scenarios" / "example.md"
    arguments = ["card", "export", str(example), "Sella", "--workspace", str(home / "game")]
    assert main([*arguments, "-o", "s.png"]) == 0
    assert load_card(Path("s.png")).name == "Sella"
    assert "s.png" in capsys.readouterr().out
    assert main([*arguments, "-o", "s.png"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main([*arguments, "-o", "s.png", "--force"]) == 0
    save_card(home / "base.json", Card({**FERRYMAN.raw, "data": {**FERRYMAN.data, "creator": "Ann"}}))
    assert main([*arguments, "-o", "t.json", "--onto", str(home / "base.json")]) == 0
    assert load_card(Path("t.json")).text("creator") == "Ann"


def test_what_cannot_be_done_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    example = str(Path(__file__).parents[1] / "fixtures" / "scenarios" / "example.md")
    game = ["--workspace", str(home / "game")]
    before = sorted((home / "game").rglob("*"))
    assert main(["card", "import", str(home / "bad.png"), *game]) == 3
    assert "bad.png" in capsys.readouterr().err
    assert main(["card", "import", str(home / "none.png"), *game]) == 2
    assert main(["card", "export", example, "Nobody", *game]) == 3
    assert "Iva, Sella, Thom" in capsys.readouterr().err
    assert main(["card", "export", example, "Iva", "--picture", str(home / "bad.png"), *game]) == 3
    assert main(["card", "export", example, "Iva", "--onto", str(home / "bad.png"), *game]) == 3
    assert sorted((home / "game").rglob("*")) == before and list((home / "desk").iterdir()) == []


def test_a_kept_card_that_went_bad_costs_nothing(home: Path) -> None:
    kept = KeptCards.of(open_or_make(home / "game"))
    iva = FERRYMAN.changed({"name": "Iva"})
    save_card(home / "i.png", iva)
    kept.keep(home / "i.png", iva)
    found = kept.find("IVA")
    assert found is not None and found.parent == kept.folder
    found.write_bytes(b"\x89PNG")
    example = str(Path(__file__).parents[1] / "fixtures" / "scenarios" / "example.md")
    assert main(["card", "export", example, "Iva", "-o", "i.png", "--workspace", str(home / "game")]) == 0
    assert load_card(Path("i.png")).text("first_mes").startswith("Smoke")


def test_a_name_never_leads_out_of_the_folder(home: Path) -> None:
    kept = KeptCards.of(open_or_make(home / "game"))
    for number, name in enumerate(("../../x", "/etc/passwd", "C:\\x", "..", "a\x00b", "é" * 300)):
        path = home / f"{number}.json"
        save_card(path, blank_card().changed({"name": name}))
        kept.keep(path, load_card(path))
        found = kept.find(name)
        assert found is not None and found.parent == kept.folder
