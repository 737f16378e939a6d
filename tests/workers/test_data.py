"""The worker of data sets: what the window's tests do not ask of it, and what it says of a wrong request."""

import json
from pathlib import Path

import pytest

from studio.dataset.build import build
from studio.dataset.builds import NoBuild, NoDescription
from studio.dataset.export import OutExists
from studio.errors import Cancelled, LorewrightError
from studio.gguf.measure import cutter_of
from studio.jobs.process import WorkerProcess
from studio.workspace import Workspace, open_or_make

PAIRS = (("How do I cross?", "Wade slowly and keep the rope taut."), ("Where is the market?", "Behind the salt house."))


@pytest.fixture
def workspace(tmp_path: Path, starter: Path) -> Workspace:
    """A data set that was built twice, with one row more the second time."""
    (tmp_path / "scenarios").mkdir()
    made = open_or_make(tmp_path)
    (tmp_path / "datasets" / "tavern.yaml").write_text(
        "format: 1\nsources:\n- {name: pairs, file: datasets/pairs.jsonl}\nsplit: {validation: 0}\n", "utf-8"
    )
    for count in (1, 2):
        lines = [json.dumps({"prompt": one, "completion": other}) for one, other in PAIRS[:count]]
        (tmp_path / "datasets" / "pairs.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        build("tavern", made, cutter_of)
    return made


async def asked(do: str, workspace: Workspace, **fields: object) -> dict[str, object]:
    worker = await WorkerProcess.start("data")
    try:
        return await worker.call(do, workspace=str(workspace.root), **fields)
    finally:
        await worker.close()


async def test_two_builds_are_compared(workspace: Workspace) -> None:
    found = await asked("compare", workspace, name="tavern")
    assert [one["line"] for one in found["added"]] == [2] and found["removed"] == [] and found["same"] == 1  # type: ignore[attr-defined,union-attr]


async def test_a_build_is_exported_and_nothing_written_over(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "exports" / "tavern"
    done = await asked("export", workspace, name="tavern", format="messages", out=str(out))
    assert done["written"] == 2 and any(out.rglob("*.jsonl"))
    with pytest.raises(OutExists):
        await asked("export", workspace, name="tavern", format="messages", out=str(out))


async def test_what_is_not_there_is_said(workspace: Workspace) -> None:
    with pytest.raises((NoBuild, NoDescription)):
        await asked("compare", workspace, name="inn")
    with pytest.raises(LorewrightError):
        await asked("examine", workspace, name="inn")


async def test_a_look_is_stopped(workspace: Workspace) -> None:
    pairs = workspace.root / "datasets" / "pairs.jsonl"
    with pairs.open("a", encoding="utf-8") as stream:
        for number in range(30_000):
            stream.write(json.dumps({"prompt": f"How deep is ford {number}?", "completion": f"{number} feet."}) + "\n")
    worker = await WorkerProcess.start("data")
    try:
        reply = await worker.request("examine", workspace=str(workspace.root), name="tavern")
        async for event in reply:
            if event.name == "progress":
                await reply.cancel()
                break
        with pytest.raises(Cancelled):
            await reply.result()
    finally:
        await worker.close()
    assert not (workspace.private / "examined" / "tavern" / "examined.json").exists()
