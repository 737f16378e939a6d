"""Owns the profiles of devices that a model is made for: data in `resources/devices/`, and a person's own files."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import pydantic
import yaml

from studio.amounts import GB
from studio.errors import InputError, UsageError, did_you_mean
from studio.faults import found, settings_of
from studio.files import read_text
from studio.language import N_, _
from studio.resources import resource

DEFAULT_DEVICE = "desktop"

Share = Annotated[float, pydantic.Field(ge=0, le=1, allow_inf_nan=False)]
Tokens = Annotated[int, pydantic.Field(ge=256, le=1 << 24)]


class UnknownDevice(UsageError):
    """The name of a device profile is none."""

    sentence = N_(
        "There is no device profile “{name}”.{near} There are {known}; a path to a YAML file of your own works too."
    )


class DeviceFaulty(InputError):
    """A device profile of a person's own says something that it cannot."""

    sentence = N_("The device profile {path} cannot be used. {mistakes} See docs/converting.md for what it may say.")


class _Read(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Packing(_Read):
    """How models are packed for a device.

    `context` tokens of play are planned for and `least_context` at worst; `floor` is the most that a quantisation may
    cost, in nats a token; `avoid` names quantisations by how their names begin.
    """

    context: Tokens = 4096
    least_context: Tokens = 2048
    floor: Annotated[float, pydantic.Field(gt=0, le=10, allow_inf_nan=False)] = 0.1
    avoid: tuple[str, ...] = ()


class Device(_Read):
    """One profile, with the fields of the design that this studio follows."""

    name: str
    title: str
    target_platform: Literal["mobile", "desktop", "server"]
    memory_limit_gb: Annotated[float, pydantic.Field(gt=0, le=4096, allow_inf_nan=False)]
    inference_speed_priority: Share
    quality_priority: Share
    quantization_settings: Packing = Packing()

    @property
    def room(self) -> int:
        """The memory limit in bytes."""
        return round(self.memory_limit_gb * GB)


def devices() -> tuple[Device, ...]:
    """The shipped profiles, the smallest device first."""
    found = (device(path.stem) for path in resource("devices").glob("*.yaml"))
    return tuple(sorted(found, key=lambda one: one.memory_limit_gb))


@cache
def device(name: str) -> Device:
    """A shipped profile by name, or the one in a file; raises UnknownDevice, DeviceFaulty or the errors of files."""
    known = sorted(path.stem for path in resource("devices").glob("*.yaml"))
    if name in known:
        return _read(resource(f"devices/{name}.yaml"), name)
    path = Path(name).expanduser()
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return _read(path, path.stem)
    near = did_you_mean(name, known)
    told = _(" Did you mean “{near}”?").format(near=near) if near else ""
    raise UnknownDevice(name=name, near=told, known=", ".join(known))


def _read(path: Path, name: str) -> Device:
    try:
        values = yaml.safe_load(read_text(path))
        if not isinstance(values, dict):
            raise DeviceFaulty(path=path, mistakes=_("It is no list of settings."))
        read = Device.model_validate({"name": name, "title": name, **values})
    except pydantic.ValidationError as error:
        faults = " ".join(map(str, found(error, settings_of(Device))))
        raise DeviceFaulty(path=path, mistakes=faults) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = _(" (line {number})").format(number=line + 1) if isinstance(line, int) else ""
        raise DeviceFaulty(path=path, mistakes=_("It is not YAML{place}.").format(place=place)) from error
    packing = read.quantization_settings
    if packing.least_context > packing.context:
        raise DeviceFaulty(path=path, mistakes=_("Its least_context is more than its context."))
    return read.model_copy(update={"title": _(read.title)})
