"""The game panel on a real session: the rules decide, the panel shows and asks. Only the narrator is fixed."""

from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSpinBox, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from studio.errors import LorewrightError
from studio.inference.engine import Engine
from studio.play.session import Session, open_session
from studio.rules import Combat, HandChange, Sheet
from studio.rules.combat import Deed
from studio.scenario import parse
from studio.ui.play.panel import GamePanel
from studio.ui.play.tray import DICE
from studio.ui.theme import Appearance, Theme
from studio.ui.widgets import IconButton
from tests.ui.play.engines import FixedEngine

SCENARIO = """---
player: Wren
---
<SYSTEM>
# Role
Narrate.
# Party
## Wren
- Player Character
- Level 3
- Health: 20/26
- Exp: 100/300
- Inventory: short sword, healing draught x2, silver x3
- Skills: Stealth +7, Attack +5, Initiative +2
## Bog Brigand
- Enemy
- Health: 9/9
- Challenge: 1/4
- Skills: Attack +2
</SYSTEM>
"""


def narrator() -> Engine:
    return cast(Engine, FixedEngine(Path("fixed")))  # the part of the protocol that play asks for


class Shown:
    """A panel whose wishes are carried out, and what was refused."""

    def __init__(self, panel: GamePanel, session: Session) -> None:
        self.panel, self.session = panel, session
        self.refused: list[str] = []
        panel.wished.connect(self._do)
        panel.show_session(session, idle=True)

    def _do(self, wish: object) -> None:
        assert callable(wish)
        try:
            wish(self.session)
        except LorewrightError as error:
            self.refused.append(str(error))
        self.panel.show_session(self.session, idle=True)

    def press(self, name: str, place: int = 0) -> None:
        QApplication.processEvents()
        kinds = (QPushButton, IconButton)
        found = [one for kind in kinds for one in self.panel.findChildren(kind) if one.accessibleName() == name]
        shown = [one for one in found if one.isVisibleTo(self.panel)]
        shown[place].click()

    def wren(self) -> Sheet:
        return self.session.party.sheets[0]

    def brigand(self) -> Sheet:
        return self.session.party.sheets[1]

    def combat(self) -> Combat | None:
        return self.session.party.combat

    def number(self, name: str) -> QSpinBox:
        return next(box for box in self.panel.findChildren(QSpinBox) if box.accessibleName() == name)


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme) -> Shown:
    panel = GamePanel(theme)
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    panel.show()
    return Shown(panel, open_session(parse(SCENARIO).scenario, narrator(), seed=7))


def test_health_by_hand_stays_in_its_bounds_and_is_undone(shown: Shown) -> None:
    shown.press("One health more")
    assert shown.wren().health == (21, 26)
    shown.press("Change the sheet by hand")
    shown.number("Health").setValue(26)
    assert shown.wren().health == (26, 26)
    shown.press("One health more")
    assert shown.wren().health == (26, 26) and "already" in shown.refused[-1]
    shown.press("Take the last change back")
    assert shown.wren().health == (21, 26) and shown.number("Health").value() == 21
    shown.press("Do again what was taken back")
    assert shown.wren().health == (26, 26)


def test_things_and_conditions_come_and_go_by_hand(shown: Shown) -> None:
    shown.press("Change the sheet by hand")
    shown.number("How many of silver").setValue(5)
    shown.press("Take away short sword")
    assert [(item.name, item.count) for item in shown.wren().inventory] == [
        ("healing draught", 2),
        ("silver", 5),
    ]
    form = shown.panel.findChildren(QPushButton)
    assert not [button for button in form if button.accessibleName() == "No longer prone"]
    shown._do(lambda session: session.hand(HandChange("Wren", "conditions", value=1, what="prone")))
    shown.press("No longer prone")
    assert shown.wren().conditions == ()


def test_dice_are_thrown_by_the_seed_and_kept_in_the_log(shown: Shown, theme: Theme, qtbot: QtBot) -> None:
    shown.press(f"Throw a die of {DICE[5]} sides")
    shown.panel._tray.throw_for("stealth", "Wren")
    first = [node.text for node in shown.session.steps() if node.kind == "throw"]
    again = GamePanel(theme)
    qtbot.addWidget(again)
    other = Shown(again, open_session(parse(SCENARIO).scenario, narrator(), seed=7))
    other.press(f"Throw a die of {DICE[5]} sides")
    other.panel._tray.throw_for("stealth", "Wren")
    assert [node.text for node in other.session.steps() if node.kind == "throw"] == first and len(first) == 2
    assert any(node.kind == "TOOLCALL" for node in shown.session.path()), "the narrator is told of a skill's throw"
    told = [line.text for line in shown.panel._log.lines]
    assert told[0].startswith("Wren rolls Stealth: ") and first[0] in told


def test_a_fight_is_fought_to_its_end_from_the_panel(shown: Shown) -> None:
    shown.press("Begin a fight")
    assert shown.combat() is not None
    for _turn in range(60):
        combat = shown.combat()
        if combat is None:
            break
        attack = next(one for one in shown.panel.findChildren(QPushButton) if one.accessibleName() == "Attack")
        if combat.whose == "Wren" and attack.isVisibleTo(shown.panel):
            attack.click()
        elif combat.whose == "Wren":
            shown.press("End the turn")
        else:
            shown.press("Let the rules act")
    assert shown.combat() is None and not shown.refused
    assert any(sheet.health is not None and sheet.health[0] == 0 for sheet in shown.session.party.sheets)
    told = [line.text for line in shown.panel._log.lines]
    assert told[-1].startswith("A fight begins") and "Wren " in told[-1] and "Bog Brigand " in told[-1]
    assert not any(line.startswith("Initiative") for line in told), "who acts when is said once"


def test_each_line_of_the_log_can_be_taken_out_or_taken_back(shown: Shown) -> None:
    shown._do(lambda session: session.hand(HandChange("Wren", "health", delta=-3)))
    shown._do(lambda session: session.hand(HandChange("Wren", "inventory", value=9, what="silver")))
    shown.press("Begin a fight")
    log = shown.panel._log
    texts = [line.text for line in log.lines]
    assert texts[-1] == "By hand: Wren: health 20/26 → 17/26" and "silver" in texts[-2]
    first = log.menu(len(texts) - 1)
    next(one for one in first.actions() if one.text() == "Take only this out").trigger()
    assert shown.wren().health == (20, 26) and shown.combat() is not None
    assert len(log.lines) == len(texts) - 1
    back = log.menu(len(log.lines) - 1)
    next(one for one in back.actions() if one.text() == "Take back this and all that came after it").trigger()
    assert shown.combat() is None and "silver x3" in shown.wren().told("inventory").replace("×", "x")
    assert [line.text for line in log.lines] == ["By hand: Wren: health 20/26 → 17/26"], "its taking out came later"


def test_the_dice_are_in_sight_at_the_end_of_a_small_panel(shown: Shown, qtbot: QtBot) -> None:
    shown.panel.resize(300, 680)
    shown.press("Begin a fight")
    for name in ("Throw", "Throw a die of 20 sides"):
        button = next(one for one in shown.panel.findChildren(QPushButton) if one.accessibleName() == name)
        qtbot.waitUntil(lambda button=button: button.visibleRegion().boundingRect() == button.rect())  # type: ignore[misc]


def test_the_tray_offers_first_what_stands_on_the_sheet(shown: Shown) -> None:
    tray = shown.panel._tray
    assert tray._skill.currentData() == "stealth"
    tray._skill.setCurrentIndex(tray._skill.findData("perception"))
    tray._skill.activated.emit(tray._skill.currentIndex())
    tray._who.setCurrentIndex(1)
    assert tray._skill.currentData() == "perception", "what a person chose stays"


def test_what_else_stands_on_a_sheet_has_its_word_before_it(shown: Shown) -> None:
    words = [one.text() for one in shown.panel._sheets[1].findChildren(QLabel) if not one.isHidden()]
    assert "Challenge" in words and "1/4" in words


def test_the_mark_of_who_acts_has_the_colour_of_the_theme(shown: Shown, theme: Theme) -> None:
    shown.press("Begin a fight")
    marks = [row[0] for row in shown.panel._fight._order._rows]
    mark = next(one for one in marks if not one.pixmap().isNull())
    before = mark.pixmap().toImage()
    theme.choose(Appearance.LIGHT if theme.dark else Appearance.DARK)
    assert mark.pixmap().toImage() != before


def test_the_table_decides_what_no_turn_asks_for(shown: Shown) -> None:
    shown.press("Begin a fight")
    shown.press("Decide something that no turn asks for")
    decide = shown.panel._fight._decide
    decide._who.setCurrentText("Bog Brigand")
    decide._what.setCurrentIndex(decide._what.findData("damage"))
    decide._dice.setText("4")
    shown.press("So it is")
    assert shown.brigand().health == (5, 9)
    decide._dice.setText("four")
    shown.press("So it is")
    assert "dice" in shown.refused[-1] and shown.brigand().health == (5, 9)


def test_chat_and_game_show_one_session(shown: Shown) -> None:
    shown.session.act(Deed("begin"))
    shown.panel.show_session(shown.session, idle=True)
    assert "Fight · round 1" in shown.panel._fight._title.text()
    shown.session.undo()
    shown.panel.show_session(shown.session, idle=True)
    assert not shown.panel._fight._fight.isVisibleTo(shown.panel)


def test_while_the_narrator_writes_nothing_can_be_changed(shown: Shown) -> None:
    shown.panel.show_session(shown.session, idle=False)
    buttons = [*shown.panel.findChildren(QPushButton), *shown.panel.findChildren(IconButton)]
    on = [one.accessibleName() for one in buttons if one.isVisibleTo(shown.panel) and one.isEnabled()]
    assert on == []


def test_wide_and_narrow_show_the_same_sheets(shown: Shown, qtbot: QtBot) -> None:
    for wide, width in ((True, 1400), (False, 320), (True, 1100)):
        shown.panel.resize(width, 900)
        shown.panel.show_wide(wide)
        qtbot.waitUntil(lambda: all(one.isVisible() and one.width() > 150 for one in shown.panel._sheets))
        left, right = shown.panel._sheets
        assert (left.mapTo(shown.panel, left.rect().topLeft()).y() == right.mapTo(
            shown.panel, right.rect().topLeft()).y()) is wide  # fmt: skip


def test_a_window_that_becomes_small_leaves_the_wide_panel_room_for_its_sheets(shown: Shown, qtbot: QtBot) -> None:
    beside, chat = QSplitter(), QWidget()
    qtbot.addWidget(beside)
    beside.setChildrenCollapsible(False)
    beside.addWidget(chat)
    beside.addWidget(shown.panel)
    beside.setStretchFactor(1, 1)  # as the tab has it: what the window loses, the game loses
    beside.resize(2400, 900)
    beside.show()
    shown.panel.show_wide(True)
    beside.setSizes([900, 1500])
    beside.resize(1200, 900)
    qtbot.waitUntil(lambda: all(one.width() > 150 for one in shown.panel._sheets))
    left, right = shown.panel._left.geometry(), shown.panel._right.geometry()
    assert right.left() > left.right() and right.right() <= shown.panel.width()
    shown.panel.show_wide(False)
    beside.setSizes([900, 300])
    qtbot.waitUntil(lambda: shown.panel.width() < 400)
    shown.panel.setParent(None)  # it is closed by itself


def test_every_control_has_a_name_and_is_reached_by_key(shown: Shown) -> None:
    shown.press("Begin a fight")
    for kind in (QPushButton, IconButton, QSpinBox):
        for one in shown.panel.findChildren(kind):
            assert one.accessibleName(), one
            assert one.focusPolicy() & Qt.FocusPolicy.TabFocus, one.accessibleName()


def test_a_long_name_in_the_order_takes_a_second_line(qtbot: QtBot, theme: Theme) -> None:
    panel = GamePanel(theme)
    qtbot.addWidget(panel)
    panel.resize(340, 900)
    panel.show()
    long = "Tollkeeper Agramante of the Lower Ford and of the Upper Weir"
    shown = Shown(panel, open_session(parse(SCENARIO.replace("Bog Brigand", long)).scenario, narrator(), seed=7))
    shown.press("Begin a fight")
    name = next(one for one in panel._fight._order.findChildren(QLabel) if one.text() == long)
    qtbot.waitUntil(lambda: name.height() >= 2 * name.fontMetrics().lineSpacing() - 2)
    assert name.height() >= name.heightForWidth(name.width())
