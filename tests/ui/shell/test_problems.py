from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.ui.problems import Problem, Problems, Scope
from studio.ui.shell.problems_panel import ProblemsPanel
from studio.ui.theme import Theme

ONE, OTHER = Path("/one.md"), Path("/other.md")


def problem(path: Path, severity: str, start: int = 0) -> Problem:
    return Problem(path, path.stem, "T001", severity, 3, start, start + 2, f"{severity} at {start}")


def test_errors_come_first_and_the_scope_narrows(qtbot: QtBot) -> None:
    problems = Problems()
    problems.put(ONE, (problem(ONE, "hint"), problem(ONE, "error", 9)))
    problems.put(OTHER, (problem(OTHER, "warning"),))
    assert [row.severity for row in problems.rows] == ["error", "warning", "hint"]
    problems.show(Scope.FILE, OTHER)
    assert [row.path for row in problems.rows] == [OTHER]
    problems.show(Scope.FILE, None)
    assert problems.rows == ()
    assert (problems.count("error"), problems.count("error", OTHER)) == (1, 0)


def test_the_same_problems_again_change_nothing(qtbot: QtBot) -> None:
    problems = Problems()
    problems.put(ONE, (problem(ONE, "error"),))
    with qtbot.assertNotEmitted(problems.counted), qtbot.assertNotEmitted(problems.modelReset):
        problems.put(ONE, (problem(ONE, "error"),))
    with qtbot.waitSignal(problems.counted):
        problems.forget(ONE)
    assert problems.rows == ()


def test_a_click_says_where_to_go(qtbot: QtBot, theme: Theme) -> None:
    problems = Problems()
    panel = ProblemsPanel(theme, problems)
    qtbot.addWidget(panel)
    panel.show()
    assert panel._empty.isVisible()
    wanted = problem(ONE, "error", 7)
    problems.put(ONE, (wanted,))
    assert panel.table.isVisible()
    with qtbot.waitSignal(panel.chosen) as told:
        where = panel.table.visualRect(problems.index(0, 0)).center()
        qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert told.args == [wanted]
