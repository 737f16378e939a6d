"""A build that dies at the first use leads to the next choice, not to a broken studio."""

import os
import subprocess
import sys
import threading
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from studio.setup.choices import Choice
from studio.setup.failures import NoChoiceLeft, SetupFailed
from studio.setup.packages import Pip
from studio.setup.places import Places
from studio.setup.proofs import Proof, prove
from studio.setup.trials import Won, first_that_works

DEADLY = "import ctypes\nctypes.string_at(0)\n"
"""What a build for another processor does: the process dies, no exception is raised."""

DYING, GOOD = Choice("dying", True, ("-DFAST=ON",)), Choice("good", True, ("-DFAST=OFF",))


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    """A wheel of llama-cpp-python with these files."""
    info = "llama_cpp_python-0.3.36.dist-info"
    rest = {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: llama_cpp_python\nVersion: 0.3.36\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path.parent.mkdir(parents=True)
    target = path.parent / "llama_cpp_python-0.3.36-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in {**files, **rest}.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, *rest, f"{info}/RECORD"]))
    return target


def real_files() -> dict[str, bytes]:
    """The llama_cpp that is installed here, which does decode."""
    listed = metadata.distribution("llama_cpp_python").files or []
    found = {str(path): Path(str(path.locate())) for path in listed if path.parts[0] == "llama_cpp"}
    return {name: path.read_bytes() for name, path in found.items() if path.is_file() and path.suffix != ".pyc"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip in which everything but llama_cpp comes from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    ).stdout.strip()
    (Path(where) / "ours.pth").write_text(f"{ours}\n", encoding="utf-8")
    return python


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wheels")
    return {
        "dying": wheel(folder / "dying" / "x", {"llama_cpp/__init__.py": DEADLY.encode()}),
        "good": wheel(folder / "good" / "x", real_files()),
    }


class Trial:
    """Choices from wheels on disk, installed and proven as set-up does it."""

    def __init__(self, tmp_path: Path, root: Path, python: Path, wheels: dict[str, Path], model: Path) -> None:
        self.places = Places(root, tmp_path / "cache")
        self.python, self.wheels, self.model = python, wheels, model
        self.disowned: list[str] = []
        self._pip = Pip(root, python, tmp_path / "temporary", tmp_path / "log.txt", threading.Lock())

    def install(self, choice: Choice) -> None:
        self._pip.install([self.wheels[choice.name]], "--no-index", "--no-deps", "--force-reinstall")

    def decode(self) -> Proof:
        return prove("decode", self.places, self.python, self.model)

    def run(self, *choices: Choice, probe: bool = True) -> Won:
        tried = self.decode if probe else lambda: Proof(True)
        return first_that_works(choices, self.install, tried, disown=lambda choice: self.disowned.append(choice.name))


@pytest.fixture
def trial(tmp_path: Path, root: Path, environment: Path, wheels: dict[str, Path], starter: Path) -> Trial:
    return Trial(tmp_path, root, environment, wheels, starter)


@pytest.mark.native
def test_a_wheel_that_dies_gives_way_to_one_that_decodes(trial: Trial) -> None:
    won = trial.run(DYING, GOOD)
    assert won.choice == GOOD
    assert trial.disowned == ["dying"], "a later set-up must not be handed the broken wheel again"
    assert "crashed" in won.refused[0]
    assert won.proof.facts["text"].strip()
    assert trial.decode().works


@pytest.mark.native
def test_without_the_probe_the_studio_is_left_with_a_wheel_that_dies(trial: Trial) -> None:
    """The twin: the same wheel does bite."""
    assert trial.run(DYING, GOOD, probe=False).choice == DYING
    found = trial.decode()
    assert not found.works
    assert "crashed" in found.reason


@pytest.mark.native
def test_when_nothing_works_every_reason_is_told(trial: Trial) -> None:
    with pytest.raises(NoChoiceLeft, match=r"dying: it crashed"):
        trial.run(DYING)


def test_a_choice_that_cannot_be_had_is_passed_over() -> None:
    def install(choice: Choice) -> None:
        if choice == DYING:
            raise SetupFailed("the index does not answer")

    won = first_that_works([DYING, GOOD], install, lambda: Proof(True, {"device": "cpu"}))
    assert won.choice == GOOD
    assert won.refused == ("dying: the index does not answer",)


def test_a_trial_that_never_answers_is_ended(root: Path, tmp_path: Path) -> None:
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    silent.chmod(0o755)
    found = prove("decode", Places(root, tmp_path), silent, seconds=0.5)
    assert not found.works
    assert "did not answer" in found.reason
