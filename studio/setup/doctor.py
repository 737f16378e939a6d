"""Owns saying which processor trains, which plays, why, and what is missing; imports nothing heavy."""

import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.language import N_, _
from studio.setup import libraries, machine
from studio.setup.installation import look
from studio.setup.machine import Machine
from studio.setup.places import Places
from studio.setup.state import DONE, FAILED, PartState, SetupState

CPU, NOTHING = "cpu", "none"
_TITLES = {"cuda": "CUDA", "rocm": "ROCm", "mps": N_("Apple's GPU"), "metal": N_("Apple's GPU"), "vulkan": "Vulkan"}
_PCI = Path("/sys/bus/pci/devices")
_NVIDIA, _DISPLAY_CLASS = "0x10de", "0x03"


@dataclass(frozen=True, slots=True)
class Processor:
    """What does one kind of work here: `cuda`, `rocm`, `mps`, `metal`, `vulkan`, `cpu`, or `none` where it cannot."""

    kind: str
    why: str

    @property
    def works(self) -> bool:
        """Whether this work can be done at all."""
        return self.kind != NOTHING


@dataclass(frozen=True, slots=True)
class Survey:
    """The machine as far as training and playing go, and what would make it better."""

    trains: Processor
    plays: Processor
    missing: tuple[str, ...]
    machine: Machine
    parts: tuple[PartState, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The survey as plain JSON values."""
        here = self.machine
        return {
            "system": here.system,
            "architecture": here.architecture,
            "python": ".".join(map(str, here.python)),
            "cores": here.cores,
            "wsl": here.wsl,
            "cards": [{"kind": card.kind, "name": card.name, "memory": card.memory} for card in here.cards],
            "trains": {"processor": self.trains.kind, "why": self.trains.why},
            "plays": {"processor": self.plays.kind, "why": self.plays.why},
            "missing": list(self.missing),
            "parts": [{"name": part.name, "status": part.status, "message": part.message} for part in self.parts],
        }


def survey(places: Places | None = None, here: Machine | None = None) -> Survey:
    """Looks at the machine and at what set-up proved; an installed copy without set-up is judged by its packages."""
    places, here = places or Places.here(), here or machine.read()
    # A checkout whose environment was made by hand has no state; then what is installed tells.
    state = look(places, here) if places.is_checkout and places.state.exists() else SetupState()
    trains = _trains(state.part("torch"), state.part("training"), here)
    plays = _plays(state.part("play"), here)
    shown = tuple(part for part in state.parts if part.name != "tests" or part.status == DONE)
    return Survey(trains, plays, tuple(_missing(here, trains, plays)), here, shown)


def _trains(torch: PartState | None, training: PartState | None, here: Machine) -> Processor:
    if torch is not None and torch.status == DONE and training is not None and training.status == DONE:
        kind = str(torch.facts.get("device", CPU))
        return Processor(kind, _why(kind, torch.facts, here) or _cpu_trains(here))
    for part in (torch, training):
        if part is not None and part.status == FAILED:
            return Processor(NOTHING, f"{part.title}: {part.message}")
    installed = _installed_torch()
    if installed is None:
        return Processor(NOTHING, _("PyTorch is not installed yet. {when}").format(when=_when()))
    return Processor(installed, _why(installed, {}, here) or _cpu_trains(here))


def _when() -> str:
    """When a part comes that no set-up has tried yet."""
    return _("Set-up brings it: now, if the studio was just started, else at its next start.")


def _plays(play: PartState | None, here: Machine) -> Processor:
    if play is not None and play.status == DONE:
        kind = str(play.facts.get("device", CPU))
        return Processor(kind, _why(kind, play.facts, here) or _cpu_plays(play.facts))
    if play is not None and play.status == FAILED:
        return Processor(NOTHING, f"{play.title}: {play.message}")
    installed = _installed_llama()
    if installed is None:
        return Processor(NOTHING, _("llama.cpp is not installed yet. {when}").format(when=_when()))
    return Processor(installed, _why(installed, {}, here) or _cpu_plays({}))


def _why(kind: str, facts: Mapping[str, Any], here: Machine) -> str:
    """The sentence for a graphics card, or for a card that is there and not used; empty where there is none."""
    if kind != CPU:
        names = {"cuda": "nvidia", "rocm": "amd", "mps": "metal", "metal": "metal", "vulkan": "vulkan"}
        card = here.card(names.get(kind, kind))
        name = str(facts.get("name") or (card.name if card else kind))
        sentence = _("{name} through {how}; a trial worked.") if facts else _("{name} through {how}.")
        return sentence.format(name=name, how=_(_TITLES.get(kind, kind)))
    unused = next((card for card in here.cards if card.kind in ("nvidia", "amd", "metal")), None)
    if unused is None:
        return ""
    reasons = " · ".join(str(reason) for reason in facts.get("refused", ())) or _("no build for it was found")
    return _("The processor, although there is {card}: {reasons}.").format(card=unused.name, reasons=reasons)


def _cpu_trains(here: Machine) -> str:
    if here.features & {"avx512_bf16", "amx_bf16", "bf16"}:
        return _("No driver reports a card that PyTorch can use. This processor has bfloat16, so it trains in that.")
    return _("No driver reports a card that PyTorch can use, so the processor trains; it has no bfloat16.")


def _cpu_plays(facts: Mapping[str, Any]) -> str:
    flags = " ".join(facts.get("flags", ()))
    made = _("built here with {flags}").format(flags=flags) if flags else _("with the build that is installed")
    sentence = _("The processor, {made}; a trial decode worked.") if facts else _("The processor, {made}.")
    return sentence.format(made=made)


def _package(name: str) -> Path | None:
    """The folder of a package, found without importing it."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _installed_torch() -> str | None:
    folder = _package("torch")
    if folder is None or not (folder / "version.py").is_file():
        return None
    text = (folder / "version.py").read_text(encoding="utf-8")
    found = next((key for key in ("cuda", "hip") if re.search(rf"^{key}\b[^=]*= '", text, re.MULTILINE)), None)
    return {"cuda": "cuda", "hip": "rocm", None: CPU}[found]


def _installed_llama() -> str | None:
    folder = _package("llama_cpp")
    if folder is None:
        return None
    names = " ".join(path.name for path in (folder / "lib").glob("*ggml*"))
    return next((kind for kind in ("cuda", "vulkan", "metal") if kind in names), CPU)


def _missing(here: Machine, trains: Processor, plays: Processor) -> list[str]:
    found = [_("Training is off. {why}").format(why=trains.why)] if not trains.works else []
    found += [_("Play is off. {why}").format(why=plays.why)] if not plays.works else []
    if not here.has_compiler and not plays.works:
        line = libraries.compiler_command(here, libraries.family())
        found.append(_("There is no C++ compiler to build llama.cpp with: `{line}`.").format(line=line))
    found += [_missing_library(row) for row in libraries.missing(here)]
    return found + _missing_driver(here)


def _missing_library(row: Mapping[str, Any]) -> str:
    kind = libraries.family()
    line = libraries.command([row], kind) if kind else _("your package tool")
    return _("The window needs {file}: `{line}`.").format(file=row["file"], line=line)


def _missing_driver(
    here: Machine, exists: Callable[[str], bool] = lambda path: Path(path).exists(), devices: Path = _PCI
) -> list[str]:
    """What stands between this machine and a card that it may have."""
    if here.card("nvidia"):
        return []
    if here.wsl and not exists("/dev/dxg"):
        return [_("This WSL does not pass a graphics card on (/dev/dxg is missing). In Windows, run `wsl --update`.")]
    if here.wsl:
        return [
            _(
                "WSL2 shows no NVIDIA card. Install NVIDIA's driver in Windows (none in Linux), run `wsl --shutdown` "
                "there and start again."
            )
        ]
    if here.system == "Linux" and any(_is_nvidia(device) for device in devices.glob("*")):
        return [_("There is an NVIDIA card without a working driver. Install the system's NVIDIA driver and restart.")]
    return []


def _is_nvidia(device: Path) -> bool:
    try:
        vendor, kind = ((device / name).read_text(encoding="utf-8").strip() for name in ("vendor", "class"))
    except OSError:
        return False
    return vendor == _NVIDIA and kind.startswith(_DISPLAY_CLASS)
