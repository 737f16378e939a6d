"""Owns what the commands share that have a model judge rows: its settings, and how far it is, told on stderr."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from studio.cli.output import print_line
from studio.cli.progress import duration
from studio.dataset.audit.judged import Standing
from studio.dataset.audit.judging import NoJudge
from studio.dataset.description import JudgeSettings
from studio.language import _

_EVERY_SECONDS = 5.0


def at_least(least: int) -> Callable[[str], int]:
    """What reads a whole number that is no smaller, for an argument."""

    def whole(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            sentence = _("“{text}” is not a whole number from {least}")
            raise argparse.ArgumentTypeError(sentence.format(text=text, least=least))
        return int(text)

    return whole


def judge_settings(settings: JudgeSettings, model: Path | None, rubric: str | None) -> JudgeSettings:
    """The settings with what was named on the command line in place of theirs; raises NoJudge for a rubric alone."""
    given = {"model": model.absolute() if model is not None else None, "rubric": rubric}
    named = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    if rubric is not None and named.model is None:
        raise NoJudge
    return named


def progress(_part: str, _done: int, _of: int | None = None) -> None:
    """Hears how far reading and heuristics are: too quick to be told of."""


def standing_told() -> Callable[[Standing], None]:
    """Says every few seconds how far the judge is, and how long it will take."""
    last = time.monotonic()

    def tell(standing: Standing) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY_SECONDS:
            last = time.monotonic()
            print_line(standing_line(standing), sys.stderr)
            sys.stderr.flush()

    return tell


def standing_line(standing: Standing) -> str:
    """How far the judge is, in one line."""
    line = _("judged {done} of {of}").format(done=standing.done, of=standing.of)
    if standing.missing:
        line += _(", {missing} without a verdict").format(missing=standing.missing)
    if standing.seconds_left is not None and standing.done < standing.of:
        line += _(", about {time} left").format(time=duration(standing.seconds_left))
    return line
