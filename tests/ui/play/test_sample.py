"""What Play shows in pictures is played: a fight with turns that the narrator tells, and a throw."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.ui.convert.result import Result
from studio.ui.play import sample
from studio.ui.play.tab import PlayTab
from tests.ui.conftest import SCENARIO

FOE = "- Skills: Stealth +6, Attack +5\n\n## Toll Hand\n- Enemy\n- Health: 90/90\n- Skills: Attack +2\n"


def test_the_picture_of_a_fight_is_a_fight(
    played: PlayTab, doing: Callable[[Callable[[], object]], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace = played.context.workspace
    text = SCENARIO.replace("- Skills: Stealth +6, Attack +5\n", FOE).replace(
        "player: Wren", "player: Wren\ntags: [held-out]"
    )
    (workspace.scenarios / "bridge-fight.md").write_text(text, "utf-8")
    made = Result(workspace.models / "tavern" / "second.gguf", (), 0)
    monkeypatch.setattr(sample, "result_from", lambda _models, _run: made)
    doing(lambda: played.show_view("fight", tmp_path))
    session = played.table.seats[0].session
    assert session is not None and session.party.combat is not None and session.party.combat.whose == "Wren"
    assert played.panel._log.lines[0].text.startswith("Wren rolls Stealth: ")
    assert any("second says nothing." in node.text for node in session.path()), "told by the model"
    doing(lambda: played.show_view("game", tmp_path))
    assert played.panel._table.many and played.bar.game.isChecked()
