"""`lorewright train`: an adapter from scenarios or a data set, in a run folder; knows no model and no library."""

import argparse
from pathlib import Path

import yaml

from studio.cli.jobs import follow
from studio.cli.output import print_json, print_line
from studio.dataset.builds import Build, find_build
from studio.errors import PathMissing, UsageError
from studio.gguf.starter import starter_model
from studio.jobs.protocol import Fields
from studio.language import _
from studio.training.config import read_config, with_files
from studio.training.phases import phase_word
from studio.training.profiles import DEFAULT_PROFILE, profiles
from studio.workspace import Workspace
from studio.workspace.folder import find, open_or_make


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `train`."""
    parser.add_argument("scenarios", nargs="*", type=Path, metavar="PATH", help=_("scenarios or folders of them"))
    dataset = _("a build of a data set in their stead: NAME, NAME/BUILD or a folder")
    parser.add_argument("--dataset", metavar="NAME", help=dataset)
    anyway = _("train from a data set in whose sources there were errors")
    parser.add_argument("--allow-errors", action="store_true", help=anyway)
    parser.add_argument("--base", type=Path, help=_("a GGUF or a Hugging Face folder (default: the starter)"))
    parser.add_argument("--name", default="first-model", help=_("what to call the run"))
    parser.add_argument("--profile", default=DEFAULT_PROFILE, choices=profiles(), help=_("the settings to start from"))
    parser.add_argument(
        "--minutes", type=float, help=_("how long it may take, about one of them for preparing (default: 7)")
    )
    setting = _("one setting, as in config.yaml; may be repeated")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=setting)


def run(args: argparse.Namespace) -> int:
    """Trains and prints where the run is and what came of it."""
    workspace = open_or_make(find(args.workspace))
    config = read_config(_values(args, workspace))
    with_files(config)  # where there is nothing in a folder, it is told before a run's folder is made
    fields: Fields = {"config": config.model_dump(mode="json"), "cache": str(workspace.private / "bases")}
    done = follow("train", workspace.runs, config.name, fields, said)
    report = done.report() or {}
    if args.format == "json":
        print_json({"run": str(done.path), **report})
    else:
        print_line(_("{steps} steps in {minutes:.1f} minutes, loss {first} to {last}").format(
            steps=report["steps"], minutes=float(str(report["seconds"])) / 60, first=report["first_loss"],
            last=report["last_loss"],
        ))  # fmt: skip
        print_line(_("run: {path}").format(path=done.path))
        print_line(_("Next: lorewright convert"))
    return 0


def _values(args: argparse.Namespace, workspace: Workspace) -> dict[str, object]:
    values: dict[str, object] = {
        "name": args.name,
        "profile": args.profile,
        "base": str(_existing(args.base) if args.base else starter_model()),
        **_learnt_from(args, workspace),
        **({} if args.minutes is None else {"max_minutes": args.minutes}),
    }
    return {**values, **dict(_setting(text) for text in args.set)}


def _learnt_from(args: argparse.Namespace, workspace: Workspace) -> dict[str, object]:
    """The scenarios or the build that was named; without either all scenarios of the workspace."""
    if args.dataset and args.scenarios:
        raise UsageError(detail=_("Give scenarios or --dataset, not both."))
    if args.dataset:
        found = find_build(workspace, args.dataset)
        return {"dataset": str(found.path), "allow_errors": args.allow_errors, "max_length": _length(found)}
    scenarios = args.scenarios or [workspace.scenarios]
    return {"scenarios": [str(_existing(path)) for path in scenarios]}


def _existing(path: Path) -> Path:
    """The whole path; raises PathMissing before a run folder is made for nothing."""
    if not path.exists():
        raise PathMissing(path=path)
    return path.resolve()


def _length(build: Build) -> int:
    """Rows were cut to this length, so none is longer for the model that they were cut for."""
    return build.manifest.max_length


def _setting(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals:
        sentence = _("--set takes KEY=VALUE, such as --set learning_rate=0.0005, not “{text}”.")
        raise UsageError(detail=sentence.format(text=text))
    try:
        return key.strip(), yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(detail=_("“{text}” cannot be read as a setting.").format(text=text)) from error


def said(event: Fields) -> str | None:
    """One line for an event, or None."""
    match event.get("event"):
        case "phase":
            return f"[{phase_word(str(event['name']))}]"
        case "step":
            return _step(event)
        case "validation":
            return _("held-out loss {loss}").format(loss=event.get("loss"))
        case "sample":
            replies = event.get("replies")
            rows = replies if isinstance(replies, list) else []
            return "\n".join(f"  > {row['line']}\n    {row['text']}" for row in rows)
    return None


def _step(event: Fields) -> str:
    line = _("step {step}/{of}  loss {loss:.3f}  {speed:.0f} tokens/s  {left:.1f} min left")
    loss, speed, left = (float(str(event.get(key) or 0)) for key in ("loss", "tokens_per_second", "seconds_left"))
    return line.format(step=event["step"], of=event["of"], loss=loss, speed=speed, left=left / 60)
