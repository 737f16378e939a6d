"""The Convert tab through one whole conversion by the shipped worker: proven, refused, published, put back."""

import datetime
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.evaluation.parity import Finding, Measured, ParityReport, ParityStep
from studio.evaluation.parity_file import write_parity
from studio.files import sha256_of
from studio.gguf.leftovers import PREFIX, note
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run, new_run_folder
from studio.publishing.candidate import candidate_for
from studio.publishing.publishing import publish
from studio.publishing.version import Version
from studio.publishing.versions import Shelf
from studio.ui.context import Toast
from studio.ui.convert.result import FileRow, Result
from studio.ui.convert.tab import ConvertTab
from studio.ui.jobs import JobState
from studio.workspace import Workspace
from tests.ui.convert.driving import drop, quiet
from tests.ui.loops import Go

PAGES = ["make", "result", "published", "inspect"]
pytestmark = pytest.mark.native


def page(tab: ConvertTab) -> str:
    return PAGES[tab._pages.currentIndex()]


def made_of_a_run(model: Path, base: Path, runs: Path) -> None:
    """Lets the model say that it was made of a run."""
    run = runs / "2026-11-21-tiny-train"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(f"base: {base}\n", "utf-8")
    card = model.parent / "card.json"
    card.write_text(json.dumps({**json.loads(card.read_text("utf-8")), "source": str(run)}), "utf-8")


def chain(model: Path, *findings: Finding) -> None:
    """Leaves a parity report of the model that says so."""
    step = ParityStep("Q8_0", "packed", "merged", Measured(ids=True), findings, model.name, sha256_of(model))
    write_parity(model.parent, ParityReport("tiny", "run", "2026-11-22", 3, 2100, 900, (step,)))


async def an_older_version(model: Path, workspace: Workspace) -> None:
    async def loads(_version: Version) -> None: ...

    now = datetime.datetime.now(datetime.UTC)
    candidate = candidate_for(str(model), workspace)
    await publish(candidate, Shelf(workspace.models, "tiny"), (), loads, tools=[], scores={}, now=now)


def test_a_model_is_made_proven_refused_published_and_put_back(
    go: Go, tab: ConvertTab, workspace: Workspace, tiny_base: Path, toasts: list[Toast]
) -> None:
    async def whole() -> None:
        tab.entered()
        await quiet(tab)
        assert tab._start_page.currentIndex() == 0, "there is nothing to convert yet"

        # a folder is chosen; every quantisation has figures, and what fits is ticked
        tab.add_base(tiny_base)
        await quiet(tab)
        assert tab.choosing.offer is not None and tab.choosing.offer.picked and tab.make.told
        assert [choice.name for choice in tab.make.choices.ticked()] == [tab.choosing.offer.picked]
        tab.make.choices.tick(["F16", "Q8_0"])
        tab.make.start.click()
        await quiet(tab)
        assert tab.make.failure == "" and page(tab) == "result"

        # its files stand beside the unconverted model, true size beside the forecast, every check made
        head, _unconverted, *rows = tab.result.files.grid.texts
        told = [dict(zip(head, row, strict=True)) for row in rows]
        assert [row["Quantisation"] for row in told] == ["F16", "Q8_0"]
        assert all(abs(float(row["Off by"].split()[0])) <= 2 for row in told), told
        checks = tab.result.checks.grid.texts[1:]
        assert {mark for cells in checks for mark in cells[1:]} == {"✓"} and len(checks) > 4
        plain = tab.result.chosen()
        tab.result.file.setCurrentIndex(1)
        model = tab.result.chosen()
        assert plain is not None and model is not None and model.is_file()

        # a chain that does not hold: refused, with the reason
        made_of_a_run(model, plain, workspace.runs)
        chain(model, Finding("template", {"reason": "it is lost"}))
        tab.result.name.setText("tiny")
        tab.result.publish.click()
        await quiet(tab)
        gates = {gate.name: gate for gate in tab.result.gates.rows}
        assert [gates[name].passed for name in ("validate", "parity", "suite")] == [True, False, True], gates
        assert "it is lost" in gates["parity"].reasons[0] and "Not published" in tab.result.told.text()
        assert Shelf(workspace.models, "tiny").pointer() is None

        # with a chain that holds it goes into use, and the version before can be put back
        chain(model)
        await an_older_version(model, workspace)
        tab.result.publish.click()
        await quiet(tab)
        assert "version 2" in tab.result.told.text(), [gate.reasons for gate in tab.result.gates.rows]
        tab.show_page("published")
        await quiet(tab)
        assert [(line.name, line.version, line.before) for line in tab.published.rows] == [("tiny", "2", "1")]
        tab.published.back.click()
        await quiet(tab)
        assert [line.version for line in tab.published.rows] == ["1"] and not tab.published.back.isEnabled()
        pointer = Shelf(workspace.models, "tiny").pointer()
        assert pointer is not None and pointer.version == 1

        # nobody knows its base's licence: no pack, and the sentence says what to do
        tab.pack("tiny", workspace.root / "tiny.zip")
        await quiet(tab)
        assert "licence" in toasts[-1].text and not (workspace.root / "tiny.zip").exists()

    go(whole())


def test_what_an_interrupted_conversion_left_is_offered_and_cleaned_up(
    go: Go, tab: ConvertTab, workspace: Workspace, starter: Path
) -> None:
    folder = workspace.models / f"{PREFIX}4000000000-x"
    folder.mkdir(parents=True)
    (folder / "t-F16.gguf").write_bytes(b"GGUF")
    note(folder, "key", "tavern", str(starter), {"F16": "t-F16.gguf"})

    async def whole() -> None:
        tab.add_base(starter)
        tab.entered()
        await quiet(tab)
        assert tab.make.clean.isVisibleTo(tab.make) and tab.make.go_on.isVisibleTo(tab.make)
        tab.make.clean.click()
        await quiet(tab)
        assert not tab.make.clean.isVisibleTo(tab.make) and not folder.exists()

    go(whole())


def test_a_file_that_is_dropped_is_looked_into(
    go: Go, tab: ConvertTab, starter: Path, tmp_path: Path, toasts: list[Toast]
) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(starter.read_bytes()[:5000])

    async def whole() -> None:
        assert drop(tab, starter).isAccepted()
        await quiet(tab)
        assert page(tab) == "inspect" and tab.inspect.path == starter
        assert ("Layers", "30") in tab.inspect.facts[1].texts and len(tab.inspect.tensors.rows) == 272
        assert "<|im_start|>" in tab.inspect.template.toPlainText()
        drop(tab, damaged)
        await quiet(tab)
        assert toasts[-1].kind == "error" and "damaged.gguf" in toasts[-1].text
        assert not drop(tab, tmp_path / f"scene{os.extsep}md").isAccepted()

    go(whole())


def test_a_smaller_room_picks_another_and_says_what_was_given_up(go: Go, tab: ConvertTab, starter: Path) -> None:
    async def whole() -> None:
        tab.add_base(starter)
        await quiet(tab)
        tab.make.wishes.room.setValue(0.3)
        await quiet(tab)
        assert "shortened from 8192 to 4096 tokens" in tab.make.told
        tab.make.wishes.slider.setValue(0)
        await quiet(tab)
        assert tab.make.wishes.room.value() == 0.1 and "Nothing fits" in tab.make.told
        assert tab.make.choices.ticked() == [] and not tab.make.start.isEnabled()
        tab.make.choices.tick(["IQ2_XXS"])
        assert not tab.make.start.isEnabled(), "it needs an importance matrix"
        tab.make.wishes.importance.setChecked(True)
        await quiet(tab)
        tab.make.choices.tick(["IQ2_XXS"])
        assert tab.make.start.isEnabled()

    go(whole())


@dataclass
class Recorded:
    """A parity measurement that was written down; it leaves its report as the worker does."""

    run: Run
    model: Path

    async def events(self) -> AsyncIterator[Fields]:
        yield {"event": "phase", "name": "merge"}
        yield {"event": "progress", "part": "merge", "fraction": 0.5}
        chain(self.model)

    async def cancel(self, *, pause: bool = False) -> None: ...


def test_parity_is_measured_from_here(go: Go, tab: ConvertTab, workspace: Workspace) -> None:
    folder = workspace.models / "tiny"
    folder.mkdir(parents=True)
    model = folder / "tiny-Q8_0.gguf"
    model.write_bytes(b"GGUF")
    asked: list[Fields] = []

    async def start(_workspace: Workspace, values: Fields) -> Recorded:
        asked.append(values)
        return Recorded(Run(new_run_folder(workspace.runs, "tiny", "parity", datetime.date(2026, 11, 22))), model)

    async def whole() -> None:
        tab.proving._desk.start_job = start
        row = FileRow(model.name, "Q8_0", "4 B", "8.5", "–", "–", 4)
        await tab.proving.show_result(Result(model, (row,), 0))
        view = tab.result.chain
        assert view.verdict.text() == "not measured yet" and view.measure.isEnabled()
        view.measure.click()
        await quiet(tab)
        assert asked == [{"model": str(folder)}] and view.verdict.text() == "holds"
        assert view.grid.texts[1][0] == "Q8_0" and view.measure.text() == "Measure again"
        assert [job.state for job in tab.context.jobs.jobs] == [JobState.DONE]

    go(whole())
