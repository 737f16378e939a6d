"""Owns what is to be published or packed: the converted file of a run, and what is known of where it came from.

Reads the card that a conversion left and the run's settings; loads nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, LorewrightError, PathMissing, UsageError
from studio.files import inside, read_text
from studio.gguf.errors import NoAdapter, NotAGguf
from studio.gguf.made_from import files_there, source_told
from studio.gguf.reader import Gguf
from studio.jobs.kept_paths import found_path, root_above
from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG, Run, runs_in
from studio.language import N_, _, plural
from studio.publishing.listed_models import listed, unknown
from studio.publishing.version import Version
from studio.training.playing import played
from studio.training.run_facts import converted_from
from studio.workspace import Workspace

CARD = "card.json"
USUAL = "Q4_K_M"
_TAKEN = N_("a run, a converted model, its GGUF or `starter`")


class NothingConverted(InputError):
    """A run has no converted model."""

    sentence = N_("Nothing was converted from {path} yet. Run `lorewright convert {path}`, then do this again.")


class NoSuchFile(InputError):
    """A converted model has no file of that quantisation."""

    sentence = N_("{path} has no file in {quantisation}; it has {known}. Name one of these, or convert again.")


class OneFile(UsageError):
    """A quantisation was asked for of what is one file."""

    sentence = N_(
        "“{given}” is one file already, so --quant {quantisation} can't choose among several. Leave --quant out, or "
        "name the run or the folder of the converted model."
    )


class CardDamaged(InputError):
    """The card of a converted model cannot be read."""

    sentence = N_("{path} is damaged, so it is not known what lies beside it. Convert the run again.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may leave: its file, an adapter upon it or None, and where it came from.

    `run` is None for a file of unknown origin; `base` is where the base lay when it was trained, None where unknown.
    """

    model: Path
    adapter: Path | None
    run: Path | None
    folder: Path
    quantisation: str
    base: Path | None
    base_name: str
    data: str

    @property
    def files(self) -> list[tuple[str, Path]]:
        """The files by what they are for."""
        rows = [("model", self.model)]
        return rows if self.adapter is None else [*rows, ("adapter", self.adapter)]


def candidate_for(given: str, workspace: Workspace, quantisation: str | None = None) -> Candidate:
    """What a person means: a run, a converted model's folder, or a GGUF, each by its path or its name.

    Raises PathMissing, UnknownModel, NotAFile, NothingConverted, NoSuchFile, OneFile, CardDamaged or what a damaged
    GGUF gives.
    """
    path = _found(given, workspace)
    if path.is_file():
        found = _of_file(path)
        if quantisation is not None and quantisation.upper() != found.quantisation.upper():
            raise OneFile(given=given, quantisation=quantisation)
        return found
    if (path / CONFIG).is_file():
        made = converted_from(path, workspace.models)
        if not made:
            raise NothingConverted(path=path)
        path = max(made, key=lambda folder: (folder / CARD).stat().st_mtime)
    return _of_folder(path, quantisation)


def of_version(version: Version) -> Candidate:
    """A published version, with what its card knows."""
    card = version.card
    source = Path(found_path(card.source, root_above(version.path, 4)))
    run = source if card.source and (source / CONFIG).is_file() else None
    base = _base_of(run)
    return Candidate(version.model, version.adapter, run, version.path, card.quantisation, base, card.base, card.data)


def _found(given: str, workspace: Workspace) -> Path:
    named = Path(given)
    by_run = [run.path for run in runs_in(workspace.runs) if run.name == given]
    for path in (named, *by_run, workspace.models / given):
        if path.exists():
            return path.resolve()
    known = listed(workspace, given)
    if known is not None and known.path is not None and known.adapter is None:
        return known.path.resolve()
    address = known.id if known is not None and known.path is None else given
    raise unknown(workspace, address, _(_TAKEN))


def _of_file(path: Path) -> Candidate:
    if path.suffix.lower() != ".gguf":
        raise NotAGguf(path=path, detail=_("its name does not end with .gguf"))
    if (path.parent / CARD).is_file():
        rows = _rows(path.parent)
        row = next((row for row in rows if row.get("file") == path.name), None)
        if row is not None:
            return _made(path.parent, row)
    with Gguf(path) as gguf:
        name = gguf.text("general.name") or path.stem
    return Candidate(path, None, None, path.parent, "", None, name, "")


def _of_folder(folder: Path, quantisation: str | None) -> Candidate:
    if not (folder / CARD).is_file():
        raise NothingConverted(path=folder)
    rows = {str(row.get("quantisation")): row for row in _rows(folder)}
    wanted = quantisation.upper() if quantisation else _usual(rows)
    if wanted not in rows:
        raise NoSuchFile(path=folder, quantisation=wanted, known=", ".join(rows) or "-")
    return _made(folder, rows[wanted])


def usual_file(folder: Path) -> Path | None:
    """Which file a converted model's folder means where none is named; None where no card says what lies in it.

    Raises CardDamaged.
    """
    if not (folder / CARD).is_file():
        return None
    rows = {str(row.get("quantisation")): row for row in _rows(folder)}
    return inside(folder, str(rows[_usual(rows)].get("file"))) if rows else None


def _usual(kinds: Iterable[str]) -> str:
    """The quantisation that is meant where none is named: the usual one, else the first that was made."""
    there = list(kinds)
    return USUAL if USUAL in there else next(iter(there), USUAL)


def _made(folder: Path, row: Fields) -> Candidate:
    card = _card(folder)
    source = source_told(folder, card.get("source"))
    run = _run_of(source) if source is not None else None
    model = inside(folder, str(row.get("file")))
    if not model.is_file():
        raise PathMissing(path=model)
    base = _base_of(run) or (source if run is None else None)
    return Candidate(
        model, None, run, folder, str(row.get("quantisation")), base, str(card.get("base", "")), data_of(run)
    )


def _card(folder: Path) -> Fields:
    try:
        values = json.loads(read_text(folder / CARD))
    except (ValueError, RecursionError) as error:
        raise CardDamaged(path=folder / CARD) from error
    if not isinstance(values, dict):
        raise CardDamaged(path=folder / CARD)
    return values


def _rows(folder: Path) -> list[Fields]:
    rows = _card(folder).get("files")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CardDamaged(path=folder / CARD)
    return files_there(folder, rows)


def _run_of(source: Path) -> Path | None:
    """The run that a model was made from; a checkpoint lies two folders below its run."""
    return next((path for path in (source, *source.parents[:2]) if (path / CONFIG).is_file()), None)


def _base_of(run: Path | None) -> Path | None:
    if run is None:
        return None
    try:
        base = Run(run).config().get("base")
    except LorewrightError:
        return None
    return Path(str(base)) if base else None


def data_of(run: Path | None) -> str:
    """What a run learnt from: a data set's build by name and hash, else how many scenarios; empty where unknown."""
    if run is None:
        return ""
    try:
        config = Run(run).config()
    except LorewrightError:
        return ""
    dataset = config.get("dataset")
    if dataset:
        path = Path(str(dataset))
        return f"{path.parent.name}/{path.name}"
    trained = len(files_of(run, "trained"))
    return plural("{count} scenario", "{count} scenarios", trained) if trained else ""


def files_of(run: Path | None, part: str) -> tuple[Path, ...]:
    """The scenarios that a run `trained` on, or kept back as `held_out`; none where it does not say."""
    try:
        resolved = Run(run).config().get("resolved") if run is not None else None
    except LorewrightError:
        return ()
    files = resolved.get("files") if isinstance(resolved, dict) else None
    rows = files.get(part) if isinstance(files, dict) else None
    return tuple(Path(str(row)) for row in rows) if isinstance(rows, list) else ()


def with_adapter(given: str, workspace: Workspace) -> Candidate:
    """A run as its base with its adapter upon it, each a GGUF, and nothing merged; raises what `played` raises."""
    run = _found(given, workspace)
    found = played(run)
    if found.adapter is None:
        raise NoAdapter(path=run, reason=_("it is no run"))
    folder = _run_of(run) or run
    with Gguf(found.model) as gguf:
        base = gguf.text("general.name") or found.model.stem
    return Candidate(found.model, found.adapter, folder, folder, "", found.model, base, data_of(folder))
