"""Owns choosing, by table, which builds of torch and llama-cpp-python fit a machine, best first; installs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.setup.machine import Machine
from studio.setup.tables import table


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to get a package: a wheel from an index, or a build from source with these flags."""

    name: str
    built: bool = False
    index: str | None = None
    flags: tuple[str, ...] = ()
    size: int = 0

    def __str__(self) -> str:
        if self.built:
            return f"{self.name} ({' '.join(self.flags)})"
        return f"{self.name} ({self.index})" if self.index else self.name


def torch(machine: Machine) -> tuple[Choice, ...]:
    """The builds of torch that fit, best first; the last is always what the user's own index has."""
    return tuple(
        Choice(row["name"], index=row.get("index"), size=row["size"])
        for row in table("torch")["build"]
        if fits(row, machine)
    )


def llama(machine: Machine) -> tuple[Choice, ...]:
    """The ways to llama-cpp-python that fit, best first: the maintainers' wheels, then builds from source."""
    rows = table("llama")
    wheels = (Choice(row["name"], index=row["index"]) for row in rows["wheel"] if fits(row, machine))
    builds = (Choice(row["name"], True, flags=tuple(row["flags"])) for row in rows["build"] if fits(row, machine))
    return (*wheels, *builds)


def fits(row: Mapping[str, Any], machine: Machine) -> bool:
    """Whether a row's demands are met by a machine; what a row does not say, it does not ask."""
    card = machine.card(row["card"]) if "card" in row else None
    return (
        machine.system in row.get("systems", [machine.system])
        and machine.architecture == row.get("architecture", machine.architecture)
        and ("card" not in row or (card is not None and card.runtime >= tuple(row.get("runtime", (0, 0)))))
        and machine.features >= set(row.get("features", ()))
        and machine.tools >= set(row.get("tools", ()))
    )
