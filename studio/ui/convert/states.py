"""Owns which states of a run can be converted, and what an interrupted conversion left to go on with. Knows no Qt."""

from dataclasses import dataclass
from pathlib import Path

from studio.amounts import file_size
from studio.errors import LorewrightError
from studio.gguf.leftovers import Leftover, clean, leftovers
from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG, Run, runs_in
from studio.language import _
from studio.training.checkpoints import checkpoints_of, run_of
from studio.training.run_facts import best_of
from studio.ui.convert.result import model_name
from studio.ui.train.progress import RunRow


@dataclass(frozen=True, slots=True)
class State:
    """A state of a run that can be converted: as it ended, or one of its checkpoints."""

    title: str
    path: Path


def states_of(run: Run) -> tuple[State, ...]:
    """The states of a run, as it ended first, then the newest checkpoint."""
    kept = checkpoints_of(run.path)
    try:
        best = best_of(kept, run.state().validation)
    except LorewrightError:
        best = None
    text, mark = _("Checkpoint of step {step}"), _("best")
    ended = [State(_("As it ended"), run.path)] if run.adapter.is_dir() else []
    rows = [
        State(text.format(step=one.step) + (f" ({mark})" if one.step == best else ""), one.path)
        for one in kept
        if one.step > 0
    ]
    return (*ended, *rows)


def is_base(path: Path) -> bool:
    """Whether a folder has the form of Hugging Face."""
    return (path / "config.json").is_file()


def base_row(path: Path) -> RunRow:
    """A base that is no run of this workspace, as a line beside the runs."""
    return RunRow(path, path.name, _("a base"), "", "", "", str(path.parent), usable=True)


def name_for(source: Path) -> str:
    """What to call the model of a run, a checkpoint or a base."""
    run = run_of(source)
    if run is not None:
        return f"{model_name(Run(run))}-step-{int(source.name.rpartition('-')[2])}"
    if (source / CONFIG).is_file():
        return model_name(Run(source))
    return source.name.removesuffix(".gguf").lower()


@dataclass(frozen=True, slots=True)
class Left:
    """An interrupted conversion: what is told of it, and what to ask for so that it goes on."""

    leftover: Leftover
    told: str
    request: Fields


def left_in(models: Path, runs: Path) -> tuple[Left, ...]:
    """What interrupted conversions left, with what each was to make."""
    return tuple(_left(one, runs) for one in leftovers(models))


def _left(one: Leftover, runs: Path) -> Left:
    text = _("A conversion of {name} was interrupted. {files} is finished and takes {size}.")
    told = text.format(name=one.name, files=", ".join(one.files), size=file_size(one.size))
    asked = _asked(one, runs)
    kinds = asked.get("quantisations")
    wanted = [str(kind) for kind in kinds] if isinstance(kinds, list) and kinds else list(one.files)
    request: Fields = {
        "source": one.source, "name": one.name, "quantisations": wanted, "importance": asked.get("importance") is True
    }  # fmt: skip
    return Left(one, told, request)


def _asked(one: Leftover, runs: Path) -> Fields:
    """The settings of the newest conversion of that source under that name."""
    for run in runs_in(runs):
        if "convert" not in run.name.split("-")[-2:]:
            continue
        try:
            values = run.config()
        except LorewrightError:
            continue
        if values.get("source") == one.source and values.get("name") == one.name:
            return values
    return {}


def clean_up(left: Left) -> str:
    """Removes what a conversion left and says what that gave back; raises NotSaved."""
    return _("Removed what was left of {name} ({size}).").format(
        name=left.leftover.name, size=file_size(clean(left.leftover))
    )
