"""Owns making a suite of one's own: the scenarios that are held out now, by name, in a file that a person may edit."""

import json
from pathlib import Path

from studio.errors import InputError
from studio.evaluation.held_out import NothingHeldOut, Split
from studio.evaluation.suites import own_suite_path
from studio.files import save_atomic
from studio.language import N_


class SuiteExists(InputError):
    """There is a suite of that name."""

    sentence = N_("{path} exists already; nothing was changed. Give another name, or edit that file.")


_TEXT = """\
# What models are measured on; `lorewright evaluate MODEL --suite {name}`. Figures are kept in results/ and stay
# comparable while this file, its scenarios and the game's tools and rules stay as they are.
format: 1
title: {title}
seed: 0
parts:
  - kind: tool-calls
    scenarios:
{scenarios}
# A model that breaks one of these fails (exit code 1). Figures: f1, precision, recall, right, turns, missed, invented…
limits:
  - {{figure: tool-calls/f1, beats: base}}
"""


def make_suite(root: Path, scenarios: Path, name: str) -> Path:
    """Writes `suites/NAME.yaml` of the held-out scenarios under a workspace's folder; returns its path.

    Raises NothingHeldOut, SuiteExists, UnfitSuiteName or NotSaved.
    """
    path = own_suite_path(root, name)
    held = Split.of(scenarios).held_out
    if not held:
        raise NothingHeldOut(folder=scenarios)
    if path.exists():
        raise SuiteExists(path=path)
    whole = root.resolve()
    lines = [f"      - {json.dumps(one.resolve().relative_to(whole).as_posix(), ensure_ascii=False)}" for one in held]
    save_atomic(path, _TEXT.format(name=name, title=json.dumps(name), scenarios="\n".join(lines)))
    return path
