from pathlib import Path

from pytestqt.qtbot import QtBot

from studio.setup.state import DONE, FAILED, RUNNING, PartState, SetupState, write
from studio.ui.parts import Parts
from studio.ui.shell.arrivals import Arrivals, processors
from studio.ui.status import Place, Status


def test_parts_are_followed_until_they_are_there(qtbot: QtBot, tmp_path: Path) -> None:
    path, parts, status = tmp_path / "state.json", Parts(), Status()
    write(path, SetupState((PartState("torch", "PyTorch", RUNNING, fraction=0.3, left=50),), pid=1))
    arrivals = Arrivals(path, parts, status)
    arrivals.start()
    assert [(part.name, part.fraction, part.failed) for part in parts.missing] == [("torch", 0.3, None)]
    write(path, SetupState((PartState("torch", "PyTorch", DONE, facts={"choice": "cpu"}),)))
    with qtbot.waitSignal(arrivals.arrived, timeout=5000) as told:
        pass
    assert told.args == ["PyTorch"]
    assert parts.missing == ()
    note = status.note(Place.PROCESSOR)
    assert note is not None and note.text == "CPU trains"
    arrivals.stop()


def test_a_set_up_that_stopped_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    path, parts = tmp_path / "state.json", Parts()
    waiting = PartState("play", "llama.cpp")
    broken = PartState("torch", "PyTorch", FAILED, message="No space is left on the disk.")
    write(path, SetupState((waiting, broken), pid=None))
    arrivals = Arrivals(path, parts, Status())
    arrivals.look()
    said = {part.name: part.failed for part in parts.missing}
    assert "launch.py" in str(said["play"])
    assert said["torch"] == "No space is left on the disk."


def test_no_state_means_nothing_is_missing(qtbot: QtBot, tmp_path: Path) -> None:
    parts = Parts()
    Arrivals(tmp_path / "none.json", parts, Status()).look()
    assert parts.missing == ()


def test_the_processors_and_the_reasons_are_said() -> None:
    state = SetupState(
        (
            PartState("torch", "PyTorch", DONE, facts={"choice": "cuda", "refused": []}),
            PartState(
                "play", "llama.cpp", DONE, facts={"choice": "cpu", "refused": ["vulkan: it crashed (signal 11)"]}
            ),
        )
    )
    note = processors(state)
    assert note is not None
    assert note.text == "NVIDIA trains · CPU plays"
    assert "it crashed" in note.why
    assert processors(SetupState()) is None
