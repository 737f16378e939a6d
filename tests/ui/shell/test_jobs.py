from pytestqt.qtbot import QtBot

from studio.ui.jobs import Job, JobsModel, JobState
from studio.ui.phrases import percent, time_left
from studio.ui.shell.jobs_panel import JobRow, JobsPanel
from studio.ui.theme import Theme


def test_a_job_that_is_put_again_takes_its_own_place(qtbot: QtBot) -> None:
    jobs = JobsModel()
    jobs.put(Job("a", "Train"))
    jobs.put(Job("b", "Convert"))
    jobs.put(Job("a", "Train", fraction=0.5))
    assert [(job.key, job.fraction) for job in jobs.jobs] == [("b", None), ("a", 0.5)]
    assert jobs.rowCount() == 2


def test_the_end_of_a_job_is_told_once(qtbot: QtBot) -> None:
    jobs = JobsModel()
    ended: list[Job] = []
    jobs.ended.connect(ended.append)
    jobs.put(Job("a", "Train"))
    jobs.put(Job("a", "Train", JobState.DONE))
    jobs.put(Job("a", "Train", JobState.DONE, detail="saved"))
    assert [job.state for job in ended] == [JobState.DONE]
    jobs.clear_ended()
    assert jobs.jobs == ()


def test_a_row_shows_progress_and_can_be_cancelled(qtbot: QtBot, theme: Theme) -> None:
    stopped: list[str] = []
    jobs = JobsModel()
    panel = JobsPanel(theme, jobs)
    qtbot.addWidget(panel)
    panel.show()
    jobs.put(Job("a", "Train", JobState.RUNNING, 0.41, 130, lambda: stopped.append("a")))
    row = panel.findChild(JobRow)
    assert isinstance(row, JobRow)
    assert row._figures.text() == "41%  2 min left"
    row._stop.click()
    assert stopped == ["a"]
    jobs.put(Job("a", "Train", JobState.CANCELLED))
    assert panel.findChild(JobRow) is row, "the row is changed, not made anew, so that it does not flicker"
    assert row._stop.isHidden() and row._bar.isHidden()


def test_a_share_is_not_rounded_up_to_done() -> None:
    assert percent(0.999) == "99%"
    assert percent(1.0) == "100%"
    assert percent(None) == ""


def test_time_is_said_roughly() -> None:
    assert [time_left(seconds) for seconds in (None, 0.2, 45, 130, 8000)] == [
        "", "nearly done", "45 s left", "2 min left", "2 h left",
    ]  # fmt: skip
