"""Owns what the parity gate reads: held-out talks of the run's own material, and of the samples where those are few."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from studio.chat import ChatTemplate, Message, Piece, joined, messages, pieces, render
from studio.chat.rendering import Tokeniser
from studio.dataset.builds import Build
from studio.dataset.splitting import VALIDATION
from studio.errors import LorewrightError
from studio.evaluation.held_out import Split
from studio.evaluation.parity import LEAST_POSITIONS
from studio.evaluation.parity_errors import NothingToCompare
from studio.evaluation.toolcalls import Case, cases_of, cases_of_talk
from studio.resources import samples
from studio.rules import Rules
from studio.scenario import load
from studio.workspace.game import Games

LONGEST = 1024
"""Tokens of a talk that are compared; its prompt ids are compared whole."""

MOST_CASES = 132
"""Tool-call cases that are answered by every step; whole scenarios, until there are as many."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One held-out talk with its tool-call cases."""

    name: str
    messages: tuple[Message, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A talk as tokens by the base's template. `whole` are all of its ids; `ids` the first of them, which are compared,
    and `mask` says which of these a narrator says."""

    name: str
    messages: tuple[Message, ...]
    parts: tuple[Piece, ...]
    whole: tuple[int, ...]
    ids: tuple[int, ...]
    mask: tuple[bool, ...]


def talks_of(config: Mapping[str, object]) -> Iterator[Talk]:
    """The held-out talks of a run by its settings, then those of the samples; none is told twice."""
    seen: set[str] = set()
    for talk in chain(_of_files(_held_out(config)), _of_build(config), _of_files(Split.of(samples()).held_out)):
        digest = hashlib.sha256("\0".join(f"{one.role}\0{one.content}" for one in talk.messages).encode()).hexdigest()
        if digest not in seen:
            seen.add(digest)
            yield talk


def _held_out(config: Mapping[str, object]) -> list[Path]:
    resolved = config.get("resolved")
    files = resolved.get("files") if isinstance(resolved, Mapping) else None
    named = files.get("held_out") if isinstance(files, Mapping) else None
    return [path for name in named if (path := Path(str(name))).is_file()] if isinstance(named, list) else []


def _of_files(paths: Iterable[Path]) -> Iterator[Talk]:
    """Scenarios, the folders taking turns so that every type comes early."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted(paths):
        folders.setdefault(path.parent, []).append(path)
    games = Games()
    for path in (path for turn in zip_longest(*folders.values()) for path in turn if path is not None):
        game = games.of(path)
        scenario = load(path, tools=game.tools).scenario
        said = messages(scenario)
        if any(one.trained for one in said):
            yield Talk(path.name, said, tuple(cases_of(scenario, Rules.of(game.words), game.tools)))


def _of_build(config: Mapping[str, object]) -> Iterator[Talk]:
    """The validation side of the data set that a run learnt from, where it is still there."""
    folder = config.get("dataset")
    if not isinstance(folder, str):
        return
    try:
        build = Build.open(Path(folder))
        rows = [one.row for one in build.rows() if one.side == VALIDATION]
    except LorewrightError:
        return
    tools = Games().of(build.path).tools
    for row in rows:
        said = joined(row.messages)
        if any(one.trained for one in said):
            yield Talk(str(row.place), said, tuple(cases_of_talk(said, tools)))


def texts_of(
    talks: Iterable[Talk], template: ChatTemplate, tokeniser: Tokeniser, least: int = LEAST_POSITIONS
) -> list[Text]:
    """As many talks, in order, as give `least` positions that a narrator says; fewer where there are no more."""
    found: list[Text] = []
    trained = 0
    for talk in talks:
        parts = pieces(template, talk.messages, add_generation_prompt=False)
        rendered = render(parts, tokeniser)
        ids, mask = rendered.ids[:LONGEST], rendered.mask[:LONGEST]
        if not any(mask):
            continue
        found.append(Text(talk.name, talk.messages, parts, rendered.ids, ids, mask))
        trained += sum(mask)
        if trained >= least:
            break
    if not found:
        raise NothingToCompare
    return found


def cases_from(talks: Iterable[Talk], most: int = MOST_CASES) -> list[Case]:
    """The cases of whole talks until there are `most`; only talks in which some call is due."""
    found: list[Case] = []
    for talk in talks:
        if len(found) >= most:
            break
        if any(case.expected for case in talk.cases):
            found.extend(talk.cases)
    return found


def mark_of_texts(texts: Sequence[Text]) -> str:
    """A name for what is compared, by its content."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(repr((text.ids, text.mask)).encode())
    return digest.hexdigest()[:16]


def mark_of_cases(cases: Sequence[Case]) -> str:
    """A name for what is answered, by its content."""
    digest = hashlib.sha256()
    for case in cases:
        told = [(one.role, one.content) for one in case.messages]
        digest.update(repr((told, case.opening, case.expected)).encode())
    return digest.hexdigest()[:16]
