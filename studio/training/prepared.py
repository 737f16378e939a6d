"""Owns what is looked at before a run begins: that all that its settings name is there and whole.

Everything that is wrong with the settings or with what they name is told at once, before a weight is read.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from studio.dataset.builds import Build, find_build
from studio.errors import LorewrightError, MachineError, PathMissing, UsageError
from studio.faults import Fault
from studio.gguf.base import open_base
from studio.gguf.identity import check_identity, identity_of
from studio.gguf.known_bases import STARTER
from studio.jobs.runs import Run
from studio.language import _, plural
from studio.training.config import TrainingConfig, by_whole_name, judged, with_files
from studio.training.errors import BadSettings, NoScenarios, UnknownProfile
from studio.training.local_models import resolve_base
from studio.training.profiles import DEFAULT_PROFILE, profile
from studio.training.replay import replay_of
from studio.training.room import card_rooms
from studio.training.starting import adapter_named, check_whole, lora_of, run_behind
from studio.workspace import Workspace
from studio.workspace.folder import scenario_files

Values = dict[str, object]


def prepared(values: Mapping[str, object], workspace: Workspace) -> TrainingConfig:
    """The settings of a run that can begin: bases, scenarios and data sets by their paths.

    Without `base` it is the profile's, without scenarios and data set it is all scenarios of the workspace, or with
    `dpo` its corrections. Raises BadSettings, which names everything that is wrong, or MachineError where a part of the
    machine is missing.
    """
    given, found = by_whole_name(values)
    for look in (_start, _base, _scenarios, _preferences, _dataset, _cards):
        found.extend(look(given, workspace))
    told = {fault.setting for fault in found}
    config, more = judged(given)
    found.extend(fault for fault in more if fault.setting not in told)
    if config is None or found:
        raise BadSettings.of(found)
    return with_files(config)


def _start(given: Values, workspace: Workspace) -> Iterator[Fault]:
    """The adapter to go on from: it brings the shape of the new one, and where none is named the base."""
    named = given.get("start_from")
    if not isinstance(named, str | Path):
        return
    yield from _told("start_from", lambda: given.update(start_from=adapter_named(workspace.runs, str(named))))
    adapter = given["start_from"]
    if not isinstance(adapter, Path):
        return
    given["start_from"] = str(adapter)
    run = run_behind(adapter)
    if run is None and given.get("replay"):
        yield Fault("replay", _("{path} lies in no run, so nobody knows what it learnt from.").format(path=adapter))
    if run is not None and given.get("replay"):
        yield from _told("replay", lambda: replay_of(run))
    if run is not None and given.get("base") is None:
        given["base"] = Run(run).config().get("base")
    lora: Values = {}
    yield from _told("start_from", lambda: lora.update(lora_of(adapter)))
    yield from _shape(given, lora)
    base = given.get("base")
    if isinstance(base, str | Path):
        yield from _told("start_from", lambda: _same_base(adapter, Path(base)))


def _shape(given: Values, lora: Values) -> Iterator[Fault]:
    """The adapter's settings are taken; its dropout, which is no shape, only where nothing is said of it."""
    for name, value in lora.items():
        said = given.get(name)
        said = list(said) if isinstance(said, tuple) else said
        if said is None:
            given[name] = value
        elif name != "lora.dropout" and said != value:
            told = _("the adapter in start_from has {value}, and an adapter keeps its shape. Leave the setting out.")
            yield Fault(name, told.format(value=value))


def _same_base(adapter: Path, name: Path) -> None:
    """Raises OtherBase; what is wrong with the base itself is told of the base."""
    check_whole(adapter)
    try:
        base = open_base(resolve_base(name))
    except LorewrightError:
        return
    check_identity(adapter, identity_of(base.path, base.name), base.path)


def _base(given: Values, workspace: Workspace) -> Iterator[Fault]:
    name = given.setdefault("base", _meant(given))
    if isinstance(name, str | Path):
        yield from _told("base", lambda: given.update(base=str(_whole_base(Path(name)))))


def _meant(given: Values) -> str:
    """The base that the profile is meant for; of a profile that there is not, any that is there."""
    try:
        return profile(str(given.get("profile", DEFAULT_PROFILE))).base
    except UnknownProfile:
        return STARTER


def _whole_base(name: Path) -> Path:
    path = resolve_base(name)
    open_base(path)
    return path


def _scenarios(given: Values, workspace: Workspace) -> Iterator[Fault]:
    if given.get("dataset") is None and given.get("objective") != "dpo":
        given.setdefault("scenarios", [str(workspace.scenarios)])
    named = given.get("scenarios")
    if not isinstance(named, list | tuple) or not all(isinstance(one, str | Path) for one in named):
        return
    whole: list[str] = []
    for one in named:
        yield from _told("scenarios", partial(_add, one, whole))
    if len(whole) == len(named) > 0:
        given["scenarios"] = whole
        yield from _told("scenarios", lambda: _some(whole))


def _add(path: str | Path, whole: list[str]) -> None:
    whole.append(str(_existing(Path(path))))


def _some(paths: list[str]) -> None:
    found = (True for path in map(Path, paths) if not path.is_dir() or any(scenario_files(path)))
    if not any(found):
        raise NoScenarios(path=", ".join(paths))


def _preferences(given: Values, workspace: Workspace) -> Iterator[Fault]:
    """With `dpo` the corrections of the workspace are learnt from, unless something is named."""
    if given.get("objective") == "dpo" and given.get("dataset") is None and not given.get("scenarios"):
        given.setdefault("preferences", str(workspace.corrections))
    named = given.get("preferences")
    if isinstance(named, str | Path):
        yield from _told("preferences", lambda: given.update(preferences=str(_existing(Path(named)))))


def _dataset(given: Values, workspace: Workspace) -> Iterator[Fault]:
    named = given.get("dataset")
    if isinstance(named, str | Path):
        yield from _told("dataset", lambda: _of_build(given, find_build(workspace, str(named))))


def _of_build(given: Values, build: Build) -> None:
    """A build by its folder; its rows were cut to a length, so none is longer for the model they were cut for."""
    build.verify()
    if not given.get("allow_errors"):
        build.without_errors()
    given["dataset"] = str(build.path)
    given.setdefault("max_length", build.manifest.max_length)


def _cards(given: Values, workspace: Workspace) -> Iterator[Fault]:
    """Each process needs a card of its own, whose memory is planned for it alone."""
    count, on_cards = given.get("processes"), given.get("device", "auto") in ("auto", "cuda")
    if not isinstance(count, int) or given.get("use_gpu") is False or not on_cards:
        return
    cards = len(card_rooms()) if count > 1 else 0
    if 0 < cards < count:
        told = plural("there is {count} graphics card here", "there are {count} graphics cards here", cards)
        yield Fault("processes", _("{cards}, and each process needs one of its own.").format(cards=told))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise PathMissing(path=path)
    return path.resolve()


def _told(setting: str, look: Callable[[], object]) -> Iterator[Fault]:
    """What a look at something that is named finds; a part that the machine lacks is no fault of the settings."""
    try:
        look()
    except MachineError:
        raise
    except LorewrightError as error:
        yield Fault(setting, str(error), absent=isinstance(error, UsageError))
