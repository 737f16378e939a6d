"""Owns `lorewright data augment`: variants of scenarios that stay true to the rules, written into a folder."""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from studio.cli.output import print_json, print_line
from studio.cli.rewriting import Rewriting
from studio.dataset.augment import Augmented, NotAParent, Variant, augmented
from studio.dataset.description import AugmentSettings
from studio.errors import UsageError
from studio.files import save_atomic
from studio.language import N_, _, plural
from studio.scenario import parse
from studio.scenario.game import Game
from studio.scenario.parser import TYPES
from studio.workspace import find
from studio.workspace.game import Games
from studio.workspace.selections import Selections

KINDS = get_args(get_args(AugmentSettings.model_fields["kinds"].annotation)[0])
"""The kinds of variant, by name."""
_MOST = 20


class InTheWay(UsageError):
    """A variant would replace a file."""

    sentence = N_("{path} exists already. Nothing was written; choose another folder with --out, or empty this one.")


@dataclass(frozen=True, slots=True)
class _Written:
    """A variant and where it goes."""

    path: Path
    variant: Variant

    def as_json(self) -> dict[str, object]:
        return {
            "path": str(self.path),
            "parent": self.variant.parent,
            "kind": self.variant.kind,
            "seed": self.variant.seed,
            "note": self.variant.note,
        }


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data augment`."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_("a scenario, or a folder of them"))
    parser.add_argument("--out", type=Path, required=True, help=_("the folder for the variants"))
    parser.add_argument("--copies", type=int, default=2, help=_("variants of each scenario, at most (1 to 20)"))
    kinds = _("the kinds to make, with commas between: {kinds}").format(kinds=",".join(KINDS))
    parser.add_argument("--kinds", default=",".join(KINDS), help=kinds)
    parser.add_argument("--seed", type=int, default=0, help=_("another seed makes other variants"))


def run(args: argparse.Namespace) -> int:
    """Makes the variants of every file; nothing is written where one would replace a file."""
    settings = _settings(args.copies, args.kinds)
    root = find(args.workspace)
    rewriting, games, selections = Rewriting(), Games(Game.of(root)), Selections()
    written: list[_Written] = []
    refused: list[NotAParent] = []
    dropped: Counter[str] = Counter()
    for path, text in rewriting.texts(args.paths):
        game = games.of(path)
        try:
            found = augmented(text, _named(path, root), settings, game, args.seed, selections.of(path))
        except NotAParent as error:
            refused.append(error)
            continue
        dropped.update(found.dropped)
        written += _placed(args.out, path, text, found)
    _save(written)
    _tell(written, refused, dropped, as_json=args.format == "json")
    return rewriting.exit_code(findings=any(error.fields["broken"] for error in refused))


def _settings(copies: int, kinds: str) -> AugmentSettings:
    if not 1 <= copies <= _MOST:
        raise UsageError(detail=_("--copies is a number from 1 to {most}.").format(most=_MOST))
    named = tuple(kind.strip() for kind in kinds.split(","))
    wrong = next((kind for kind in named if kind not in KINDS), None)
    if wrong is not None:
        sentence = _("--kinds has no kind “{kind}”. There are {kinds}.")
        raise UsageError(detail=sentence.format(kind=wrong, kinds=", ".join(KINDS)))
    return AugmentSettings.model_validate({"copies": copies, "kinds": named})


def _named(path: Path, root: Path) -> Path:
    """A path as variants name it: from the workspace where it lies in it."""
    absolute = path.resolve()
    return absolute.relative_to(root.resolve()) if absolute.is_relative_to(root.resolve()) else path


def _placed(out: Path, path: Path, text: str, found: Augmented) -> list[_Written]:
    """Where the variants of a file go: by its type, under its name with the kind and a number."""
    scenario_type = parse(text, path=path).scenario.scenario_type
    folder = out / scenario_type if scenario_type in TYPES else out
    numbers: Counter[str] = Counter()
    placed = []
    for variant in found.variants:
        numbers[variant.kind] += 1
        placed.append(_Written(folder / f"{path.stem}-{variant.kind}-{numbers[variant.kind]}.md", variant))
    return placed


def _save(written: list[_Written]) -> None:
    for one in written:
        if one.path.exists():
            raise InTheWay(path=one.path)
    for one in written:
        save_atomic(one.path, one.variant.text)


def _tell(written: list[_Written], refused: list[NotAParent], dropped: Counter[str], *, as_json: bool) -> None:
    for error in refused:
        print_line(str(error), sys.stderr)
    if as_json:
        print_json(
            {
                "variants": [one.as_json() for one in written],
                "refused": [{"path": str(error.fields["path"]), "reason": error.fields["reason"]} for error in refused],
                "dropped": dict(dropped),
            }
        )
        return
    for one in written:
        print_line(f"{one.path}: {one.variant.note}")
    count = plural("{count} variant written", "{count} variants written", len(written))
    thrown = plural("{count} thrown away by the checks", "{count} thrown away by the checks", dropped.total())
    print_line(f"{count}, {thrown}", sys.stderr)
