"""Owns which converted model a person means for the parity gate: by its name, its folder, a file, or its run."""

from pathlib import Path

from studio.errors import PathMissing
from studio.evaluation.parity_errors import NotConverted
from studio.evaluation.parity_file import CARD
from studio.gguf.errors import NotAGguf
from studio.gguf.made_from import source_beside
from studio.jobs.run_names import NoSuchRun, find_run
from studio.language import _
from studio.workspace.folder import Workspace

_LIMIT = 16 * 1024 * 1024


def model_folder(named: Path, workspace: Workspace) -> Path:
    """The folder of the model that is meant; raises PathMissing, NotAGguf or NotConverted."""
    for path in (named, workspace.models / named):
        if path.is_file() and path.suffix == ".gguf":
            return path.parent.resolve()
        if (path / CARD).is_file():
            return path.resolve()
    if named.is_file():
        raise NotAGguf(path=named, detail=_("its name does not end with .gguf"))
    for run in (named, workspace.runs / named):
        if run.is_dir():
            return _made_of(run.resolve(), workspace)
    try:
        return _made_of(find_run(workspace.runs, str(named)).path.resolve(), workspace)
    except NoSuchRun as error:
        raise PathMissing(path=named) from error


def _made_of(run: Path, workspace: Workspace) -> Path:
    """The newest model that was made of a run or of one of its checkpoints."""
    cards = workspace.models.glob(f"*/{CARD}") if workspace.models.is_dir() else ()
    made = [
        card
        for card in cards
        if (source := source_beside(card.parent)) is not None and run in (source.resolve(), *source.resolve().parents)
    ]
    if not made:
        raise NotConverted(run=run.name)
    return max(made, key=lambda card: card.stat().st_mtime).parent
