"""Owns what a word of a person's means in the list of models, for every command alike, and what is said where it
means nothing."""

from pathlib import Path

from studio.errors import PathMissing, UsageError, advice
from studio.inference.remote import is_address
from studio.jobs.run_names import NoSuchRun, find_run
from studio.jobs.runs import runs_in
from studio.language import N_, _
from studio.publishing.known_models import Known, Source, models_here
from studio.publishing.versions import names
from studio.workspace import Workspace

STARTER = "starter"
"""The word for the model that set-up fetched."""

_BY_NAME = (Source.CONVERTED, Source.ADDED, Source.ADDRESS, Source.STARTER)
"""What is known by its name alone; published versions and runs have ways of their own to be named."""


class UnknownModel(UsageError):
    """A word means no model here."""

    sentence = N_("Nothing published, no converted model and no run is called “{name}” here. {advice}")


class NotOpened(UsageError):
    """A word means a model that cannot be opened."""

    sentence = N_("{name} cannot be opened: {why}")


class NotAFile(UsageError):
    """An address was named where a model's files are needed."""

    sentence = N_("{name} is served elsewhere, and its files are needed here. Name {taken}.")


def listed(workspace: Workspace, word: str) -> Known | None:
    """A model of the list by its name: one that was converted or added, an address, or `starter`; None for others."""
    rows = [known for known in models_here(workspace) if known.source in _BY_NAME and not known.why]
    by_word = (known for known in rows if word in (known.name, known.id))
    starter = (known for known in rows if word == STARTER and known.source is Source.STARTER)
    return next(by_word, None) or next(starter, None)


def file_named(workspace: Workspace, path: Path) -> Path:
    """The GGUF that a name of the list means; the path as it is where there is such a file, or no such name."""
    known = None if path.exists() else listed(workspace, str(path))
    found = (known.adapter or known.path) if known is not None else None
    return found if found is not None else path


def run_named(workspace: Workspace, word: str, taken: str) -> Path:
    """The run of a name or a part of one; raises what `unknown` gives, with `taken`."""
    try:
        return find_run(workspace.runs, word).path
    except NoSuchRun as error:
        raise unknown(workspace, word, taken) from error


def unknown(workspace: Workspace, word: str, taken: str, *, made_here: bool = False) -> UsageError:
    """What to raise for a word that names no model: which are like it, else what can be named (`taken`).

    `made_here` where only runs and what was converted from them can be named.
    """
    if is_address(word):
        return NotAFile(name=word, taken=taken)
    here = models_here(workspace)
    broken = next((known for known in here if known.why and word in (known.name, known.id)), None)
    if broken is not None:
        return NotOpened(name=word, why=broken.why)
    if Path(word).suffix.lower() == ".gguf" or Path(word).name != word:
        return PathMissing(path=word)
    runs = [run.name for run in runs_in(workspace.runs)]
    known = [*_folders(workspace.models), *runs]
    if not made_here:
        known += [*names(workspace.models), STARTER, *(known.name for known in here)]
    alike = [name for name in runs if word and word in name]
    otherwise = _("Name {taken}; `lorewright runs` lists the runs.").format(taken=taken)
    return UnknownModel(name=word, advice=advice(word, known, alike, otherwise))


def _folders(models: Path) -> list[str]:
    """The names of the converted models."""
    found = models.iterdir() if models.is_dir() else ()
    return sorted(path.name for path in found if path.is_dir() and not path.name.startswith("."))
