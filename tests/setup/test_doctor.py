"""The survey says which processor does what, and what is missing."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from studio.setup import cards, doctor, fingerprints
from studio.setup.cards import Card
from studio.setup.machine import Machine
from studio.setup.places import Places
from studio.setup.state import DONE, FAILED, PartState, SetupState, write

LINUX = Machine("Linux", "x86_64", (3, 11), features=frozenset({"avx512_bf16"}), tools=frozenset({"g++"}))
RTX = Card("nvidia", "RTX 3050", 4 << 30, (13, 1))


@pytest.fixture
def places(tmp_path: Path, root: Path) -> Places:
    for name in ("pyproject.toml", "constraints.txt", "launch.py"):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    found = Places(tmp_path, tmp_path / "cache")
    found.python.parent.mkdir(parents=True)
    found.python.touch()
    return found


def told(places: Places, machine: Machine, *parts: PartState) -> doctor.Survey:
    marks = fingerprints.of(places, machine)
    marked = (replace(part, fingerprint=marks[part.name]) for part in parts)
    write(places.state, SetupState(tuple(marked)))
    return doctor.survey(places, machine)


def part(name: str, status: str = DONE, message: str = "", /, **facts: object) -> PartState:
    return PartState(name, name.title(), status, message=message, facts=facts)


def test_a_card_that_was_proven_is_named(places: Places) -> None:
    machine = replace(LINUX, cards=(RTX,))
    found = told(
        places, machine, part("torch", device="cuda", name="RTX 3050"), part("training"), part("play", device="cuda")
    )
    assert (found.trains.kind, found.plays.kind) == ("cuda", "cuda")
    assert "RTX 3050" in found.trains.why
    assert found.missing == ()


def test_a_card_that_is_not_used_is_explained(places: Places) -> None:
    machine = replace(LINUX, cards=(RTX,))
    refused = ["cuda: https://download.pytorch.org/whl/cu130 does not answer"]
    found = told(
        places, machine, part("torch", device="cpu", refused=refused), part("training"), part("play", device="cpu")
    )
    assert found.trains.kind == "cpu"
    assert "RTX 3050" in found.trains.why
    assert "does not answer" in found.trains.why


def test_a_processor_says_whether_it_has_bfloat16(places: Places) -> None:
    parts = part("torch", device="cpu"), part("training"), part("play", device="cpu", flags=["-DGGML_NATIVE=OFF"])
    found = told(places, LINUX, *parts)
    assert "has bfloat16" in found.trains.why
    assert "-DGGML_NATIVE=OFF" in found.plays.why
    assert "no bfloat16" in told(places, replace(LINUX, features=frozenset()), *parts).trains.why


def test_play_that_is_off_says_why_and_what_to_run(places: Places) -> None:
    machine = replace(LINUX, tools=frozenset())
    found = told(
        places, machine, part("play", FAILED, "there is no C++ compiler"), part("torch", device="cpu"), part("training")
    )
    assert not found.plays.works
    assert "no C++ compiler" in found.plays.why
    assert any("compiler" in sentence and "`" in sentence for sentence in found.missing)


def test_what_wsl_misses() -> None:
    wsl = replace(LINUX, wsl=True)
    assert "driver in Windows" in doctor._missing_driver(wsl, lambda path: True)[0]
    assert "/dev/dxg" in doctor._missing_driver(wsl, lambda path: False)[0]
    assert doctor._missing_driver(replace(wsl, cards=(RTX,)), lambda path: True) == []


def test_a_card_without_a_driver_is_seen(tmp_path: Path) -> None:
    device = tmp_path / "0000:01:00.0"
    device.mkdir()
    (device / "vendor").write_text("0x10de\n", encoding="utf-8")
    (device / "class").write_text("0x030000\n", encoding="utf-8")
    assert "without a working driver" in doctor._missing_driver(LINUX, devices=tmp_path)[0]
    (device / "class").write_text("0x040300\n", encoding="utf-8")  # its sound
    assert doctor._missing_driver(LINUX, devices=tmp_path) == []


def test_the_command_prints_json(root: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "studio", "doctor", "--format", "json"], capture_output=True, text=True, cwd=root
    )
    found = json.loads(ended.stdout)
    assert found["trains"]["processor"] in ("cpu", "cuda", "rocm", "mps")
    assert found["plays"]["why"]
    assert ended.returncode == 0


def test_the_command_needs_nothing_installed(root: Path) -> None:
    """Under a Python without any package it still answers."""
    ended = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            "import sys; sys.path.insert(0, sys.argv.pop(1)); from studio.cli import main; sys.exit(main(['doctor']))",
            root,
        ],
        capture_output=True,
        text=True,
    )
    assert "Trains: " in ended.stdout, ended.stderr


def test_amds_driver_lists_cards_and_processors(tmp_path: Path) -> None:
    for name, simd, target in (("0", 0, 0), ("1", 96, 110000)):
        (tmp_path / name).mkdir()
        text = f"cpu_cores_count 8\nsimd_count {simd}\ngfx_target_version {target}\n"
        (tmp_path / name / "properties").write_text(text, encoding="utf-8")
    assert [card.kind for card in cards._amd(tmp_path)] == ["amd"]


NVML = """
#include <string.h>
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 1; return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = 12060; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { *d = (void *)1; return 0; }
int nvmlDeviceGetName(void *d, char *s, unsigned n) { strncpy(s, "Testing 9000", n); return 0; }
int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *m) { m[0] = 4ull << 30; m[1] = m[2] = 0; return 0; }
"""


@pytest.mark.native
def test_nvidias_library_is_asked_in_its_own_calls(tmp_path: Path) -> None:
    source = tmp_path / "nvml.c"
    source.write_text(NVML, encoding="utf-8")
    library = tmp_path / "libnvidia-ml.so.1"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    assert cards._nvidia(("libnowhere.so", str(library))) == [Card("nvidia", "Testing 9000", 4 << 30, (12, 6))]
    assert cards._nvidia(("libnowhere.so",)) == []
