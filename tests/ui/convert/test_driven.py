"""The Convert tab with the shipped workers: gone on with, packed, checked, stopped on the way out, proven."""

import asyncio
import os
import shutil
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.publishing.versions import Shelf
from studio.ui.context import Toast
from studio.ui.convert.tab import ConvertTab
from studio.workspace import Workspace
from tests.ui.convert.driving import drop, quiet
from tests.ui.loops import Go

pytestmark = [pytest.mark.native, pytest.mark.slow]
LONG = 30000
"""Turns of waiting for what plays or measures."""
LICENCE = "Anybody may do anything with it.\n"


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path) -> Path:
    """The tiny base with a licence beside it."""
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_base, folder)
    (folder / "LICENSE").write_text(LICENCE, "utf-8")
    return folder


def killed_at(tab: ConvertTab, hit: Callable[[Fields], bool]) -> list[Fields]:
    """Kills the worker at the first such event; returns the events as they come."""
    heard: list[Fields] = []

    def hear(event: Fields) -> None:
        heard.append(event)
        job = tab.desk.job
        if hit(event) and isinstance(job, WorkerJob) and job.worker.pid is not None:
            tab.desk.heard.remove(hear)
            os.kill(job.worker.pid, signal.SIGKILL)

    tab.desk.heard.append(hear)
    return heard


def test_killed_gone_on_with_packed_checked_and_stopped_on_its_way_out(
    go: Go, tab: ConvertTab, workspace: Workspace, base: Path, toasts: list[Toast], tmp_path: Path
) -> None:
    async def whole() -> None:
        # a folder that is dropped can be converted; its worker dies once the files are written
        assert drop(tab, base).isAccepted()
        await quiet(tab)
        tab.make.choices.tick(["F16", "Q8_0"])
        killed_at(tab, lambda event: event.get("event") == "phase" and event.get("name") == "compare")
        tab.make.start.click()
        await quiet(tab)
        assert tab.make.failure and not list(workspace.models.glob("[!.]*/*.gguf"))

        # the bar offers to go on, and what is whole is not made again
        assert tab.make.go_on.isVisibleTo(tab.make)
        phases: list[object] = []
        tab.desk.heard.append(lambda event: phases.append(event) if event.get("event") == "going_on" else None)
        tab.make.go_on.click()
        await quiet(tab)
        assert tab.make.failure == "" and phases and not tab.make.go_on.isVisibleTo(tab.make)
        assert [row[1] for row in tab.result.files.grid.texts[2:]] == ["F16", "Q8_0"]

        # what other programs make of it is told, and what was not tried
        programs = {program.name: program for program in tab.result.programs.programs}
        assert list(programs) == ["llama.cpp", "Ollama", "Cactus 2"]
        assert "F16, Q8_0" in programs["llama.cpp"].facts[0].sentence
        assert "not loaded here" in programs["Cactus 2"].facts[-1].sentence

        # a pack is made, found whole, and found damaged
        model = tab.result.chosen()
        assert model is not None
        pack = tmp_path / "tiny-pack.zip"
        tab.pack(str(model), pack)
        await asyncio.sleep(0.05)
        assert not tab.result.publish.isEnabled()
        await quiet(tab, LONG)
        assert pack.is_file(), toasts[-1].text
        assert "is ready" in tab.published.told.text() and tab.result.publish.isEnabled()
        with zipfile.ZipFile(pack) as found:
            found.extractall(tmp_path / "out")
        tab.verify(pack)
        await quiet(tab, LONG)
        assert "is as it was packed" in tab.published.told.text()
        assert len(tab.published.checks.rows) == 4 and all(row.passed for row in tab.published.checks.rows)
        (tmp_path / "out" / "tiny-pack" / "tools" / "tools.json").write_text("{}", "utf-8")
        tab.verify(tmp_path / "out" / "tiny-pack" / "pack.json")
        await quiet(tab, LONG)
        assert "is not as it was packed" in tab.published.told.text()
        assert any("tools.json" in reason for row in tab.published.checks.rows for reason in row.reasons)

        # a publishing that is stopped puts nothing into use, and can be begun again
        tab.show_page("result")
        tab.result.name.setText("tiny")
        tab.result.publish.click()
        while not tab.result.stop.isVisibleTo(tab.result):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        tab.result.stop.click()
        await quiet(tab, LONG)
        assert Shelf(workspace.models, "tiny").pointer() is None and tab.result.publish.isEnabled()
        assert all(gate.passed is None for gate in tab.result.gates.rows)

        # parity to its end: every file has a row, and the chain says whether it holds
        tab.result.chain.measure.click()
        for _turn in range(200):
            await asyncio.sleep(0.02)
            if tab.context.workbench.parity.busy:
                break
        await quiet(tab, LONG)
        shown = tab.result.chain
        assert shown.verdict.text() in ("holds", "does not hold"), toasts
        assert [row[0] for row in shown.grid.texts[1:]][-2:] == ["F16", "Q8_0"]

    go(whole())
