"""The page of builds: an export lists what it left out, and an answer stays with its data set."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractItemView

from studio.errors import InputError
from studio.ui.context import Toast
from studio.ui.data.tab import DataTab

Run = Callable[[Coroutine[object, object, object]], object]
Wait = Callable[..., Coroutine[object, object, object]]
ODD = (
    ("assistant", "The gate is shut for the night, and the warden has the key."),
    ("user", "I knock until somebody comes to the gate."),
    ("assistant", "A window opens above you, and a lantern swings out into the rain."),
)


def titles(tab: DataTab) -> list[str]:
    """The headings of the page."""
    return [section.title for section in tab.reports["builds"].sections]


def test_an_export_lists_what_has_no_form_there(
    tab: DataTab, run: Run, wait: Wait, described: Path, starter: Path
) -> None:
    talk = {"messages": [{"role": role, "content": words} for role, words in ODD]}
    described.with_name("odd.jsonl").write_text(json.dumps(talk) + "\n", "utf-8")
    source = "  - {name: odd, file: datasets/odd.jsonl}\nsplit:"
    described.write_text(described.read_text("utf-8").replace("split:", source), "utf-8")
    run(wait(tab, tab.entered))
    run(wait(tab, tab.bar.build.click))
    toasts: list[Toast] = []
    tab.context.toasted.connect(toasts.append)
    run(wait(tab, tab.bar.deeds["export"].click))
    form = tab.deeds.builds._form
    wanted = Path(form.out.text())
    form.formats.setCurrentRow(2)
    run(wait(tab, form.answer))
    assert titles(tab)[:2] == ["Exported as alpaca", "Not exported · 1"] and tab.page == "builds"
    left = tab.reports["builds"].sections[1]
    assert left.rows[0][1] == "datasets/odd.jsonl:1" and "another order" in left.rows[0][0]
    assert any("1 example has no form there" in one.text for one in toasts)
    written = [line for one in wanted.glob("*.jsonl") for line in one.read_text("utf-8").splitlines()]
    told = {what: value for value, what in tab.reports["builds"].sections[0].figures}
    assert told["records"] == str(len(written)) and told["without a form there"] == "1"

    tab.reports["builds"].led.emit(left.targets[0])
    run(wait(tab))
    assert tab.examples.opened, "it leads to the example"
    run(wait(tab, tab.bar.deeds["export"].click))
    assert Path(tab.deeds.builds._form.out.text()) == wanted.with_name(f"{wanted.name}-2"), "nothing is in its way"
    tab.deeds.builds._form.reject()


def test_an_answer_stays_with_its_data_set_and_goes_with_the_next_build(
    tab: DataTab, run: Run, wait: Wait, described: Path, starter: Path
) -> None:
    described.with_name("other.yaml").write_text(described.read_text("utf-8"), "utf-8")
    run(wait(tab, tab.bar.build.click))
    described.write_text(described.read_text("utf-8").replace("weight: 5", "weight: 4"), "utf-8")
    run(wait(tab, tab.bar.build.click))
    run(wait(tab, tab.bar.deeds["compare"].click))
    assert titles(tab)[0] == "Against the build before"
    run(wait(tab, lambda: tab.choose("other")))
    assert not titles(tab), "it has no build"
    run(wait(tab, tab.bar.build.click))
    assert titles(tab)[0].startswith("Build other/")
    run(wait(tab, lambda: tab.choose("tavern")))
    assert titles(tab)[0].startswith("Build tavern/")


def test_every_error_is_counted_also_those_that_are_not_listed(tab: DataTab) -> None:
    """The twin of a list that stands for all: the figure is greater than the list."""
    assert tab.shown is not None
    seen = tab.shown.examination
    listed = sum(one["error"] for one in seen.problems)
    sources = {**seen.sources, "scraped": replace(seen.sources["scraped"], problems=12_345)}
    tab.shown = replace(tab.shown, examination=replace(seen, errors=12_346, sources=sources))
    tab._show_reports()
    assert tab.bar.pages["problems"].text() == "Left out 12\u2009346"
    section = tab.reports["problems"].sections[0]
    assert section.title == "Errors · 12\u2009346" and len(section.rows) == listed
    assert f"The first {listed} are listed." in section.sentence
    tab._problems_of("scraped")
    assert tab.reports["problems"].sections[0].title == "Errors · 12\u2009345 · scraped"


def test_a_reason_leads_to_its_examples_and_a_long_place_leaves_room_for_what_is_wrong(
    tab: DataTab, run: Run, wait: Wait
) -> None:
    reasons = next(one for one in tab.reports["audit"].sections if one.title == "Reasons")
    place = next(row for row, words in enumerate(reasons.rows) if words[1] == "empty-answer")
    tab.reports["audit"].led.emit(reasons.targets[place])
    run(wait(tab))
    model = tab.examples.model
    assert tab.page == "examples" and model.rowCount() == int(reasons.rows[place][2])

    problems = tab.reports["problems"]
    section = problems.sections[0]
    long = (section.rows[0][0], f"scenarios/{'deep/' * 40}torn.md:54", section.rows[0][2])
    problems.show_sections([replace(section, rows=(long, *section.rows[1:]))])
    run(wait(tab, lambda: tab.show_page("problems")))
    table = problems.findChild(QAbstractItemView)
    widths = [table.columnWidth(column) for column in range(3)]  # type: ignore[attr-defined]
    assert widths[0] > widths[2] and widths[1] <= 0.41 * table.viewport().width()


def test_a_job_that_ends_while_the_next_has_begun_is_told_as_ended(
    tab: DataTab, run: Run, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker of the first is still going when the second begins, as on a machine that is busy."""

    async def fails(do: str, **_fields: object) -> dict[str, object]:
        if do == "judge":
            tab.desk.does = do
            tab.deeds.show_job()
            tab.desk.does = ""
            await asyncio.gather(tab.deeds.run("examine", name="tavern"))
            raise InputError(detail="no model")
        return {}

    monkeypatch.setattr(type(tab.desk), "run", lambda _desk, do, **fields: fails(do, **fields))
    run(wait(tab, lambda: tab.deeds.start(tab.deeds.run("judge", name="tavern"))))
    (job,) = [one for one in tab.context.jobs.jobs if one.title == "Judging tavern"]
    assert job.state.value == "failed"
