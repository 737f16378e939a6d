"""Owns what lies on disk for training and play: how large each thing is, what it is needed for, and what goes with it.

Sizes are those of the files as they lie there; links are not followed. Deletes nothing.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.dataset.builds import builds_of, names
from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.leftovers import Leftover, abandoned, begun, measured
from studio.gguf.made_from import source_beside
from studio.jobs.runs import NotARun, Run, runs_in
from studio.language import _, plural
from studio.training.checkpoints import FOLDER, checkpoints_of
from studio.training.fetched import HALF, being_fetched
from studio.training.run_facts import converted_from, in_use
from studio.workspace import Workspace


class Kind(StrEnum):
    """What a thing is."""

    RUN = "run"
    CHECKPOINTS = "checkpoints"
    MODEL = "model"
    BASE = "base"
    BUILD = "build"
    CACHE = "cache"
    LEFTOVER = "leftover"
    BIN = "bin"


@dataclass(frozen=True, slots=True)
class Stored:
    """One thing on disk. `purpose` says in a sentence what it is needed for, `loss` what goes with it; `safe` where
    nothing is lost that is not made or fetched again. `kept` says why it cannot be freed now."""

    key: str
    kind: Kind
    paths: tuple[Path, ...]
    bytes: int
    purpose: str
    safe: bool
    loss: str
    kept: str = ""


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files below a folder; links are not followed, what cannot be read counts 0."""
    total = 0
    waiting = [path]
    while waiting:
        at = waiting.pop()
        try:
            status = at.lstat()
            if at.is_dir() and not at.is_symlink():
                waiting.extend(at.iterdir())
            else:
                total += status.st_size
        except OSError:
            continue
    return total


@dataclass(frozen=True, slots=True)
class _Ran:
    """What matters of a run here."""

    run: Run
    status: str
    base: str
    dataset: str

    @property
    def running(self) -> bool:
        """Whether a process works on it."""
        return self.status in ("running", "new")

    @property
    def over(self) -> bool:
        """Whether it came to its end, so that nothing of it is to go on."""
        return self.status == "done"


def stored(workspace: Workspace, cache: Path) -> tuple[Stored, ...]:
    """All that takes room, the largest first; `cache` is the user's cache folder."""
    ran = [_ran(run) for run in runs_in(workspace.runs)]
    left = measured(workspace.runs)
    found = [
        *(one for run in ran for one in _run(run, workspace, left)),
        *(_measured(run, [path for path in left if path.parent == run]) for run in {path.parent for path in left}),
        *(_begun(path, one) for path, one in begun(workspace.models)),
        *_models(workspace),
        *_versions(workspace),
        *_builds(ran, workspace),
        *_fetched(ran, cache),
        *_caches(ran, workspace, cache),
        _bin(workspace),
    ]
    return tuple(sorted((one for one in found if one.bytes), key=lambda one: -one.bytes))


def _ran(run: Run) -> _Ran:
    status = "running" if in_use(run.path) else run.state().status_at(time.time())
    try:
        config = run.config()
    except NotARun:
        config = {}
    return _Ran(run, status, str(config.get("base", "")), str(config.get("dataset") or ""))


def _run(one: _Ran, workspace: Workspace, left: Sequence[Path]) -> Iterator[Stored]:
    folder, busy = one.run.path, _("It is running.") if one.running else ""
    held = size_of(folder / FOLDER)
    others = sum(size_of(path) for path in left if path.parent == folder)
    yield Stored(
        f"run:{one.run.name}",
        Kind.RUN,
        (folder,),
        size_of(folder) - held - others,
        _("A run: settings, curves and what it made. Its checkpoints go with it."),
        safe=False,
        loss=_run_loss(folder, workspace),
        kept=busy,
    )
    steps = checkpoints_of(folder)
    pinned = any(step.pinned for step in steps)
    if steps:
        yield Stored(
            f"checkpoints:{one.run.name}",
            Kind.CHECKPOINTS,
            tuple(step.path for step in steps),
            held,
            _("Earlier states of a run: to go on from, to play, to convert."),
            safe=one.over and not pinned,
            loss=_checkpoints_loss(one, pinned),
            kept=busy,
        )


def _measured(run: Path, paths: Sequence[Path]) -> Stored:
    """What a killed measurement built in its run."""
    purpose = _("What an interrupted measurement of a model built.")
    loss, held = _("Nothing: it is not read again."), sum(map(size_of, paths))
    return Stored(f"leftover:{run.name}", Kind.LEFTOVER, tuple(paths), held, purpose, safe=True, loss=loss)


def _begun(path: Path, one: Leftover | None) -> Stored:
    """A conversion that was interrupted, or goes on."""
    if one is not None:
        told = _("An interrupted conversion of {name}; the next one takes what was finished of it.")
        purpose, loss = told.format(name=one.name), _("The next conversion of it begins anew.")
    else:
        purpose = _("An interrupted conversion of which nothing was finished.")
        loss = _("Nothing: it is not read again.")
    busy = "" if abandoned(path) else _("It is running.")
    return Stored(f"leftover:{path.name}", Kind.LEFTOVER, (path,), size_of(path), purpose, True, loss, busy)


def _run_loss(folder: Path, workspace: Workspace) -> str:
    made = [path.name for path in converted_from(folder, workspace.models)]
    if not made:
        return _("Its adapter and curves.")
    told = _("Its adapter and curves. What was converted from it stays: {models}.")
    return told.format(models=", ".join(made))


def _checkpoints_loss(one: _Ran, pinned: bool) -> str:
    if not one.over:
        return _("The run did not come to its end, and can't go on without them.")
    if pinned:
        return _("Earlier states, pinned ones among them; the adapter stays.")
    return _("Earlier states; the adapter stays.")


def _models(workspace: Workspace) -> Iterator[Stored]:
    for path in _inside(workspace.models):
        source = source_beside(path)
        again = source is not None and source.exists()
        loss = _("It can be converted again from {source}.").format(source=source.name if source else "")
        yield Stored(
            f"model:{path.name}",
            Kind.MODEL,
            (path,),
            size_of(path),
            _("A model to play with and to give away."),
            safe=again,
            loss=loss if again else _("The model; what it was converted from is not here any more."),
        )


def _versions(workspace: Workspace) -> Iterator[Stored]:
    """Published versions; where a file has a second name, removing one of both gives no room back."""
    for pointer in sorted((workspace.models / ".published").glob("*/current.json")):
        try:
            used = str(json.loads(read_text(pointer)).get("version"))
        except (LorewrightError, ValueError, AttributeError, RecursionError):
            continue
        for path in sorted(pointer.parent.glob("[0-9]*")):
            name = f"{path.parent.name}/{path.name}"
            yield Stored(
                f"version:{name}",
                Kind.MODEL,
                (path,),
                size_of(path),
                _("A published version: {name}.").format(name=name),
                safe=False,
                loss=_("It can't be brought back by `lorewright rollback`."),
                kept=_("It is in use.") if path.name.lstrip("0") == used else "",
            )


def _builds(ran: Sequence[_Ran], workspace: Workspace) -> Iterator[Stored]:
    for name in names(workspace):
        for place, path in enumerate(builds_of(workspace, name)):
            waiting = [one.run.name for one in ran if one.dataset and Path(one.dataset) == path and not one.over]
            loss = _("Runs that did not come to their end can't go on: {runs}.").format(runs=", ".join(waiting))
            yield Stored(
                f"build:{name}/{path.name}",
                Kind.BUILD,
                (path,),
                size_of(path),
                _("A build of the data set {name}, to train on.").format(name=name),
                safe=place > 0 and not waiting,
                loss=loss if waiting else _("It can be built again as long as its sources are as they were."),
            )


def _fetched(ran: Sequence[_Ran], cache: Path) -> Iterator[Stored]:
    whole, half = _("A base model to train on."), _("A base model whose fetching was begun and not ended.")
    for kind, folder, purpose in (("base", cache / "models", whole), ("half", cache / "models" / HALF, half)):
        for path in _inside(folder):
            users = [one for one in ran if Path(one.base) == path]
            yield Stored(
                f"{kind}:{path.name}",
                Kind.BASE,
                (path,),
                size_of(path),
                purpose,
                safe=True,
                loss=_fetched_loss(len(users)),
                kept=_in_use(kind == "half" and being_fetched(path), any(one.running for one in users)),
            )


def _in_use(fetched: bool, trained: bool) -> str:
    if fetched:
        return _("It is being fetched.")
    return _("A run trains on it.") if trained else ""


def _fetched_loss(users: int) -> str:
    told = plural("{count} run was trained on it.", "{count} runs were trained on it.", users) if users else ""
    return f"{_('It is fetched again when it is wanted.')} {told}".strip()


def _caches(ran: Sequence[_Ran], workspace: Workspace, cache: Path) -> Iterator[Stored]:
    for name, path, purpose in (
        ("bases", workspace.private / "bases", _("Bases unpacked from GGUF files, so that a run begins sooner.")),
        ("hub", workspace.private / "hub", _("Data sets fetched from the Hub.")),
        ("data", workspace.private / "data", _("What building data sets remembered.")),
        ("checks", workspace.private / "cache", _("What checking this workspace remembered.")),
        ("wheels", cache / "wheels", _("Parts that set-up compiled, for the next set-up.")),
        ("sources", cache / "sources", _("Sources that set-up fetched, for the next set-up.")),
    ):
        yield Stored(
            f"cache:{name}",
            Kind.CACHE,
            (path,),
            size_of(path),
            purpose,
            safe=True,
            loss=_("It is made or fetched again when it is wanted."),
            kept=_("A run is going on.") if name == "bases" and any(one.running for one in ran) else "",
        )


def _bin(workspace: Workspace) -> Stored:
    purpose = _("What was deleted here and can be taken back.")
    size = size_of(workspace.bin)
    return Stored("bin", Kind.BIN, (workspace.bin,), size, purpose, safe=False, loss=_("It is gone for good."))


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder, in order; hidden things are left out."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
