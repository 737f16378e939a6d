"""Owns the settings that the words of `lorewright train` amount to; knows no bound and no worker."""

import argparse
from pathlib import Path

import yaml

from studio.errors import PathMissing, UsageError
from studio.language import _
from studio.training.config import judged
from studio.training.config_file import ENDINGS, read_settings, save_settings
from studio.training.errors import BadSettings
from studio.training.names import over
from studio.training.profiles import DEFAULT_PROFILE

Values = dict[str, object]


def values_of(args: argparse.Namespace) -> Values:
    """The settings: those of the file, over them the options, over these each --set."""
    file, scenarios = _parted(args.scenarios)
    values: Values = {}
    if file is not None:
        values = {"name": file.stem[:60], **read_settings(file)}
        if args.dataset or scenarios:
            values = {key: value for key, value in values.items() if key not in ("scenarios", "dataset")}
    return over(over(values, _options(args, scenarios)), dict(_setting(text) for text in args.set))


def save(args: argparse.Namespace) -> Path:
    """Writes the options and each --set into a file of settings, its notes kept; raises BadSettings before that."""
    file, scenarios = _parted(args.scenarios)
    target = Path(args.save) if args.save else file
    if target is None:
        raise UsageError(detail=_("--save needs a file: name it behind --save, or name the settings to begin with."))
    values = values_of(args)
    assumed: Values = {"base": "-"} if "dataset" in values else {"base": "-", "scenarios": ["-"]}
    _config, found = judged(over(assumed, values))
    if found:
        raise BadSettings.of(found)
    changes = over(_options(args, scenarios), dict(_setting(text) for text in args.set))
    save_settings(target, changes, begin=file or str(values.get("profile", DEFAULT_PROFILE)))
    return target


def _parted(paths: list[Path]) -> tuple[Path | None, list[Path]]:
    """The file of settings among what was named, and the scenarios."""
    files = [path for path in paths if path.suffix.lower() in ENDINGS]
    if len(files) > 1:
        raise UsageError(detail=_("Name one file of settings, not {count}.").format(count=len(files)))
    if files and not files[0].exists():
        raise PathMissing(path=files[0])
    return files[0] if files else None, [path for path in paths if path not in files]


def _options(args: argparse.Namespace, scenarios: list[Path]) -> Values:
    """The settings that options stand for."""
    if args.dataset and scenarios:
        raise UsageError(detail=_("Give scenarios or --dataset, not both."))
    given: Values = {
        "name": args.name,
        "profile": args.profile,
        "base": str(args.base) if args.base else None,
        "scenarios": [str(path) for path in scenarios] or None,
        "dataset": args.dataset,
        "allow_errors": args.allow_errors or None,
        "max_minutes": args.minutes,
    }
    return {name: value for name, value in given.items() if value is not None}


def _setting(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals:
        sentence = _("--set takes KEY=VALUE, such as --set learning_rate=0.0005, not “{text}”.")
        raise UsageError(detail=sentence.format(text=text))
    try:
        return key.strip(), yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(detail=_("“{text}” cannot be read as a setting.").format(text=text)) from error
