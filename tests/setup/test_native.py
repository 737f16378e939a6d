"""llama-cpp-python: from the cache in seconds, with a damaged cache anew, and off with a reason without a compiler."""

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from studio.setup import choices, native
from studio.setup.choices import Choice
from studio.setup.failures import NoChoiceLeft, SetupFailed
from studio.setup.machine import Machine
from studio.setup.packages import Pip
from studio.setup.places import Places
from studio.setup.state import Ledger, PartState
from studio.setup.wheels import WheelCache
from studio.setup.work import Work

BARE = Machine("Linux", "x86_64", (3, 11), cores=2)
BUILT = Choice("avx2", True, ("-DGGML_NATIVE=OFF",))


@pytest.fixture
def work(tmp_path: Path, root: Path) -> Work:
    """The part `play` of a checkout whose environment is this one; nothing may be installed into it."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    (tmp_path / "studio").symlink_to(root / "studio")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    places = Places(tmp_path, tmp_path / "cache")
    return Work("play", places, BARE, Ledger(places.state, (PartState("play", "llama.cpp"),)), threading.Lock())


def test_without_a_compiler_play_is_off_and_the_command_is_named(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # what it needs beside llama.cpp is there already
    monkeypatch.setattr(choices, "llama", lambda machine: (BUILT,))
    with pytest.raises(NoChoiceLeft, match=r"Play is off.*no C\+\+ compiler.*`"):
        native.play(work)


class Notes(Pip):
    """pip that notes what it is asked to install, and refuses what is damaged as the real one does."""

    asked: ClassVar[list[str]] = []

    def install(self, wanted: object, *options: object) -> None:
        (path,) = wanted  # type: ignore[misc] # one wheel
        self.asked.append(path.read_text())
        if path.read_text() == "damaged":
            raise SetupFailed("not a zip file")


def test_a_damaged_wheel_in_the_cache_is_got_anew(work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Notes.asked.clear()
    monkeypatch.setattr(Work, "pip", property(_noting))
    cache = WheelCache(work.places.cache / "wheels")
    key = cache.key("llama_cpp_python", "0.3.36", BUILT, "x86_64")
    cache.keep(key, _file(tmp_path / "x-1-py3-none-any.whl", "damaged"))

    def fresh(self: object, choice: Choice) -> Path:
        return cache.keep(key, _file(tmp_path / "x-1-py3-none-any.whl", "fresh"))

    monkeypatch.setattr(native._Llama, "_get", fresh)
    native._Llama(work).install(BUILT)
    assert Notes.asked == ["damaged", "fresh"]
    found = cache.find(key)
    assert found is not None
    assert found.read_text() == "fresh"


def _noting(work: Work) -> Notes:
    places = work.places
    return Notes(places.root, places.python, work.temporary, places.log, work.installing)


def _file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_progress_follows_the_compilers_own_count(work: Work) -> None:
    told: Callable[[str], None] = native._Llama(work)._built
    told("[3/4] a trial of cmake's own")
    assert work.ledger["play"].fraction == 0.0
    told("[120/240] Building CXX object")
    assert work.ledger["play"].fraction == 0.5
    assert work.ledger["play"].left is not None
    assert work.places.state.exists()


class Compiler(Pip):
    """pip whose compiler fails as often as told; notes whether it could take up earlier work."""

    failures: ClassVar[int] = 0
    took_up: ClassVar[list[bool]] = []

    def build(self, source: Path, folder: Path, environment: Mapping[str, str], on_line: Callable[[str], None]) -> None:
        objects = Path(environment["SKBUILD_BUILD_DIR"])
        Compiler.took_up.append(objects.exists())
        objects.mkdir(parents=True, exist_ok=True)
        if Compiler.failures:
            Compiler.failures -= 1
            raise SetupFailed("the compiler stopped")
        folder.mkdir(parents=True)
        (folder / "x-1-py3-none-any.whl").write_text("built", encoding="utf-8")


@pytest.fixture
def compiler(work: Work, monkeypatch: pytest.MonkeyPatch) -> Work:
    """The part at work on a machine with a compiler, its source unpacked."""
    Compiler.failures = 0
    Compiler.took_up.clear()
    places = work.places

    def compiling(work: Work) -> Compiler:
        return Compiler(places.root, places.python, work.temporary, places.log, work.installing)

    monkeypatch.setattr(Work, "pip", property(compiling))
    (places.building / "llama_cpp_python-0.3.36").mkdir(parents=True)
    return replace(work, machine=replace(BARE, tools=frozenset({"g++"})))


def test_an_interrupted_build_is_taken_up(compiler: Work) -> None:
    builder = native._Llama(compiler)
    (compiler.places.building / builder._key(BUILT)).mkdir()
    assert builder._get(BUILT).read_text() == "built"
    assert Compiler.took_up == [True]
    assert not compiler.places.building.exists()


def test_what_is_left_of_a_build_and_of_no_use_is_thrown_away_once(compiler: Work) -> None:
    builder = native._Llama(compiler)
    (compiler.places.building / builder._key(BUILT)).mkdir()
    Compiler.failures = 1
    assert builder._get(BUILT).read_text() == "built"
    assert Compiler.took_up == [True, False]


def test_a_build_that_fails_from_the_start_is_not_tried_twice(compiler: Work) -> None:
    Compiler.failures = 5
    with pytest.raises(SetupFailed, match="the compiler stopped"):
        native._Llama(compiler)._get(BUILT)
    assert Compiler.took_up == [False]
