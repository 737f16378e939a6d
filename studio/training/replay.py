"""Owns what a run replays of the one before it: which of its files are still there, and how many examples go beside
the new ones. A run keeps what it replays in `replay.json`, so that it can be resumed without the old run.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pydantic

from studio.chat import ChatTemplate
from studio.chat.counting import SpanTokeniser
from studio.dataset import Example, Gathered, NothingToTrain, Refused, gather
from studio.dataset.builds import Build
from studio.errors import InputError, LorewrightError, PathMissing
from studio.files import read_text, save_atomic
from studio.jobs.runs import Run
from studio.language import N_, _

FILE = "replay.json"
SOURCE = "replay"
"""What replayed examples are called among the sources of a data set."""


class NothingToReplay(InputError):
    """Nothing of what an old run learnt from can be read any more."""

    sentence = N_("Nothing that {run} learnt from can be replayed ({missing}). Put its files back, or set replay to 0.")


@dataclass(frozen=True, slots=True)
class Replay:
    """The scenarios and builds of a run and of those it started from; `missing` are those that are not there, with
    the reason."""

    run: str
    scenarios: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def save(self, run: Path) -> None:
        """Keeps it in the folder of the run that replays; raises NotSaved."""
        save_atomic(run / FILE, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


_READER = pydantic.TypeAdapter(Replay)


class ReplayDamaged(InputError):
    """A run's account of what it replays cannot be read."""

    sentence = N_("{path} is missing or damaged, so it is not known what this run replays. Start a new run.")


def read_replay(run: Path) -> Replay:
    """What a run replays; raises ReplayDamaged."""
    try:
        return _READER.validate_json(read_text(run / FILE))
    except (LorewrightError, pydantic.ValidationError) as error:
        raise ReplayDamaged(path=run / FILE) from error


def replay_of(run: Path) -> Replay:
    """What can be replayed of a run: its own files and build, and what it replayed itself. Raises NothingToReplay."""
    config = Run(run).config()
    scenarios = [str(one) for one in _list(config.get("scenarios"))]
    datasets = [str(config["dataset"])] if config.get("dataset") else []
    missing: list[str] = []
    if config.get("objective") == "dpo":
        datasets, missing = [], [_("it learnt from pairs of answers, which are no examples")]
    if (run / FILE).is_file():
        before = read_replay(run)
        scenarios, datasets = [*scenarios, *before.scenarios], [*datasets, *before.datasets]
    whole = [one for one in dict.fromkeys(scenarios) if Path(one).is_file()]
    missing += [str(PathMissing(path=one)) for one in dict.fromkeys(scenarios) if one not in whole]
    builds: list[str] = []
    for one in dict.fromkeys(datasets):
        try:
            Build.open(Path(one)).verify()
            builds.append(one)
        except LorewrightError as error:
            missing.append(str(error))
    if not whole and not builds:
        raise NothingToReplay(run=run.name, missing=" ".join(missing[:3]) or "-")
    return Replay(run.name, tuple(whole), tuple(builds), tuple(missing))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def examples_again(
    replay: Replay, template: ChatTemplate, tokeniser: SpanTokeniser, limit: int
) -> tuple[list[Example], list[Refused]]:
    """The old examples, rendered as the new ones are, and what had to be refused of them."""
    found: list[Gathered] = []
    refused: list[Refused] = []
    try:
        if replay.scenarios:
            found.append(gather([Path(one) for one in replay.scenarios], template, tokeniser, limit))
    except NothingToTrain as error:
        refused.append(Refused(None, str(error)))
    for one in replay.datasets:
        from studio.dataset.learning import gather_build  # needs Arrow, which scenarios do without

        try:
            found.append(gather_build(Build.open(Path(one)), template, tokeniser, limit, allow_errors=True))
        except NothingToTrain as error:
            refused.append(Refused(Path(one), str(error)))
    refused += [row for gathered in found for row in gathered.refused]
    return [example for gathered in found for example in gathered.examples], refused


@dataclass(frozen=True, slots=True)
class Replayed:
    """New and old together: `examples` old ones stand beside the new, of `of` that there are."""

    gathered: Gathered
    examples: int
    of: int


def beside(new: Gathered, old: Sequence[Example], refused: Sequence[Refused], share: float, seed: int) -> Replayed:
    """The new examples and as many old ones as make `share` of all: some of the old, or all of them repeatedly.

    What is among the new ones anyway, or held back for validation, is not replayed.
    """
    known = {example.ids for example in (*new.examples, *new.validation)}
    left = list({example.ids: example for example in old if example.ids not in known}.values())
    wanted = max(1, round(len(new.examples) * share / (1 - share))) if left else 0
    weight = sum(example.weight for example in new.examples) / len(new.examples)
    chosen = [replace(example, weight=weight) for example in _drawn(left, wanted, random.Random(seed))]
    gathered = replace(
        new,
        examples=(*new.examples, *chosen),
        refused=(*new.refused, *refused),
        sources=(*new.sources, *[SOURCE] * wanted) if new.sources else (),
    )
    return Replayed(gathered, wanted, len(left))


def _drawn(examples: list[Example], count: int, order: random.Random) -> list[Example]:
    """So many of the examples, none a second time before all were there once; of different weights by their weight."""
    if len({example.weight for example in examples}) > 1:
        return order.choices(examples, [example.weight for example in examples], k=count)
    drawn: list[Example] = []
    while len(drawn) < count:
        drawn += order.sample(examples, len(examples))
    return drawn[:count]
