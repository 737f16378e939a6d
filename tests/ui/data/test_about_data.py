"""Somebody who comes from another tab is led to what is missing, also before it was counted."""

from types import SimpleNamespace
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from studio.dataset.examination import Examination
from studio.ui.data.about import AboutData
from studio.ui.theme import Theme

SEEN = cast(
    Examination,
    SimpleNamespace(
        counts={"skill": {"stealth": 9, "arcana": 1}, "tool": {"roll": 10}},
        targets={"skill": {"arcana": 6}},
        short=("too little arcana",),
        missing=(
            {"sentence": "A fight.", "fills": [{"what": "tool", "value": "heal", "count": 1}]},
            {"sentence": "A riddle.", "fills": [{"what": "skill", "value": "arcana", "count": 2}]},
        ),
    ),
)


@pytest.mark.parametrize("counted_first", [True, False])
def test_what_is_missing_is_chosen(qtbot: QtBot, theme: Theme, counted_first: bool) -> None:
    about = AboutData(theme)
    qtbot.addWidget(about)
    if counted_first:
        about.show_examination(SEEN)
    about.show_lacking("skill", "arcana")
    about.show_examination(SEEN)
    assert about.words["missing"].isChecked() and about.missing.isVisibleTo(about)
    assert about.missing.gap is not None and about.missing.gap["sentence"] == "A riddle."


def test_of_what_nothing_is_missing_the_bar_is_chosen(qtbot: QtBot, theme: Theme) -> None:
    about = AboutData(theme)
    qtbot.addWidget(about)
    about.show_examination(SEEN)
    about.show_lacking("skill", "stealth")
    assert about.words["balance"].isChecked()
    assert about.balance.bars[about.balance.currentIndex().row()].words == "Skill Stealth: 9"
