"""Owns which scenarios of a folder train and which measure."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError
from studio.evaluation.toolcalls import Case, cases_of
from studio.language import N_
from studio.rules import Rules
from studio.scenario import load
from studio.scenario.tools import ToolTable


class NothingHeldOut(InputError):
    """No scenario is kept back to measure with."""

    sentence = N_("No scenario in {folder} is tagged held-out, so nothing can be measured. Tag some and start again.")


@dataclass(frozen=True, slots=True)
class Split:
    """The scenarios of a folder by what they are for; nothing stands in both."""

    training: tuple[Path, ...]
    held_out: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path) -> "Split":
        """Every `.md` below a folder, in the order of the names."""
        paths = sorted(folder.rglob("*.md"))
        held = {path for path in paths if load(path).scenario.held_out}
        return cls(tuple(path for path in paths if path not in held), tuple(path for path in paths if path in held))


def cases_in(paths: Iterable[Path], rules: Rules, table: ToolTable) -> list[Case]:
    """The cases of all scenarios, in order."""
    return [case for path in paths for case in cases_of(load(path, tools=table).scenario, rules, table)]
