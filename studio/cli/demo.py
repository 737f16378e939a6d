"""Owns `lorewright demo`: the whole path without a display, measured, with a report and pictures."""

import argparse
import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

from studio.cli.output import print_json
from studio.evaluation.first_model import FirstModel, walk
from studio.files import save_atomic
from studio.gguf.known_bases import STARTER
from studio.gguf.phases import part_word
from studio.jobs.process import child_environment
from studio.jobs.protocol import Fields
from studio.language import N_, _
from studio.play.events import Applied, Malformed, Refused, TurnAdded
from studio.resources import samples
from studio.training.config import read_config
from studio.training.local_models import resolve_base
from studio.training.phases import phase_word

REPORT = "report.json"
_STAGES = {
    "train": N_("Training on the samples"),
    "convert": N_("Merging, converting and quantising"),
    "convert the base": N_("Quantising the untrained base alike"),
    "play": N_("Playing a scripted session"),
    "measure": N_("Measuring on the held-out scenarios"),
    "pictures": N_("Drawing every tab"),
}


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `demo`."""
    parser.add_argument("--out", type=Path, help=_("where to put runs, models, report and pictures"))
    parser.add_argument("--minutes", type=float, default=7, help=_("how long training may take"))
    parser.add_argument("--base", type=Path, help=_("the model to start from (default: the starter)"))
    parser.add_argument("--no-pictures", action="store_true", help=_("leave out the screenshots"))


def run(parsed: argparse.Namespace) -> int:
    """Walks the path and writes the report."""
    out = (parsed.out or Path("runs") / f"demo-{datetime.datetime.now().astimezone():%Y-%m-%d-%H%M}").resolve()
    base = resolve_base(parsed.base or STARTER)
    scenarios = samples()
    config = read_config(
        {"name": "first-model", "base": str(base), "scenarios": [str(scenarios)], "max_minutes": parsed.minutes}
    )
    started = time.monotonic()
    report = walk(FirstModel(scenarios, base, out, config, Teller()))
    if not parsed.no_pictures:
        report["pictures"], report["pictures_missing"] = _pictures(out, str(report["run"]))
    report["total_seconds"] = round(time.monotonic() - started, 1)
    save_atomic(out / REPORT, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    if parsed.format == "json":
        print_json(report)
    else:
        _tell_result(report, out)
    return 0


class Teller:
    """Says on stderr how far the path is, one line a thing."""

    def __call__(self, stage: str, fields: Fields) -> None:
        """Passes a stage's news to its teller."""
        say = getattr(self, f"_{stage}", None)
        if say is not None:
            say(fields)

    def _line(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def _check(self, fields: Fields) -> None:
        self._line(_("{scenarios} scenarios checked, {errors} errors").format(**fields))

    def _stage(self, fields: Fields) -> None:
        self._line("\n" + _(_STAGES[str(fields["name"])]))

    def _train(self, event: Fields) -> None:
        if event["event"] == "phase":
            self._line(f"  {phase_word(str(event['name']))}")
        if event["event"] == "step" and int(str(event["step"])) % 10 == 0:
            left = float(str(event.get("seconds_left") or 0)) / 60
            text = _("  step {step} of {of}  loss {loss}  {tokens} tokens/s  {left:.1f} min left")
            loss = f"{float(str(event['loss'])):.3f}"
            tokens = round(float(str(event.get("tokens_per_second") or 0)))
            self._line(text.format(step=event["step"], of=event["of"], loss=loss, tokens=tokens, left=left))

    def _convert(self, event: Fields) -> None:
        if event["event"] == "phase":
            self._line(f"  {part_word(str(event['name']))}")

    def _play(self, fields: Fields) -> None:
        match fields["event"]:
            case TurnAdded(node):
                self._line(f"  {node.kind}: {node.text}")
            case Applied(resolution):
                self._line(f"    · {resolution.sentence}")
            case Refused(_call, reason) | Malformed(_call, reason):
                self._line(f"    · {reason}")

    def _measure(self, fields: Fields) -> None:
        self._line("  {who}: {done}/{of}".format(**fields))


def _pictures(out: Path, run_folder: str) -> tuple[list[str], str | None]:
    """Draws every tab with this run's content in a process of its own: the files, and why some are missing."""
    print("\n" + _(_STAGES["pictures"]), file=sys.stderr, flush=True)
    folder = out / "pictures"
    words = ["-P", "-m", "studio.app", "--shots", str(folder), "--run", run_folder, "--workspace", str(out)]
    environment = child_environment({"QT_QPA_PLATFORM": "offscreen"})
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    reason = None if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr.strip()[-800:]}"
    return sorted(str(path) for path in folder.glob("*.png")), reason


def _tell_result(report: Fields, out: Path) -> None:
    rows = report["held_out"]
    assert isinstance(rows, list)
    print(_("\nRight on the held-out turns (95% interval):"))
    for row in rows:
        right = row["right"]
        low, high = right["interval"]
        print(
            f"  {right['share']:6.1%}  ({low:.0%} to {high:.0%})  {right['count']:>3} of {right['of']}  {row['name']}"
        )
    if report.get("pictures_missing"):
        print(_("The pictures could not be drawn: {reason}").format(reason=report["pictures_missing"]))
    for label, key in ((_("model"), "gguf"), (_("total minutes"), "total_seconds")):
        value = report[key]
        print(f"{label}: {round(float(str(value)) / 60, 1) if key == 'total_seconds' else value}")
    print(_("report: {path}").format(path=out / REPORT))
