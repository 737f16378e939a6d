"""Worker `parity`: one converted model held against the model as it was trained, step by step; then it ends.

Request `parity {run, model, cache=null, remembered=null, least=2000, cases=132}`: `model` is its folder, `remembered`
where results lie that are not measured again. Events: `phase {name}` (merge, models, convert, files, base), `progress
{part, fraction}`, `step {step}`; `done` carries the report, which lies in the model's folder as `parity.json`. That a
step does not hold is a result, no failure.
"""

import datetime
import itertools
import json
import os
import tempfile
from pathlib import Path

from studio.evaluation.parity import LEAST_POSITIONS, ParityReport
from studio.evaluation.parity_file import as_values, step_values, write_parity
from studio.evaluation.parity_texts import MOST_CASES, cases_from, talks_of, texts_of
from studio.files import save_atomic
from studio.gguf.leftovers import MEASURING, sweep_measured
from studio.jobs.protocol import Fields
from studio.jobs.runs import REPORT, save_run_config
from studio.workers._parity_gate import Gate
from studio.workers._parity_subject import Subject, subject_of
from studio.workers._places import cache_of, run_folder
from studio.workers._remembered import Remembered
from studio.workers._serve import Request, serve


def parity(request: Request) -> Fields:
    """Runs the job that a request describes."""
    folder, model = run_folder(request), Path(request.get("model", str))
    request.journal_to(folder)
    save_run_config(folder, {"model": str(model), "name": model.name})
    subject = subject_of(model)
    cache = cache_of(request, folder)
    told = request.fields.get("remembered")
    remembered = Remembered(Path(told) if isinstance(told, str) else cache.parent / "parity")
    sweep_measured(folder.parent)
    prefix = f"{MEASURING}{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder, ignore_cleanup_errors=True) as place:
        report = _measured(request, subject, Path(place), cache, remembered)
    write_parity(model, report)
    values = as_values(report)
    save_atomic(folder / REPORT, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    return {"report": values}


def _measured(request: Request, subject: Subject, place: Path, cache: Path, remembered: Remembered) -> ParityReport:
    least = _number(request, "least", LEAST_POSITIONS)
    base = subject.source.base
    ours, again = itertools.tee(talks_of(subject.config))
    texts = texts_of(ours, base.template, base.tokeniser, least)
    cases = cases_from(again, _number(request, "cases", MOST_CASES))
    steps = []
    for step in Gate(request, subject, texts, cases, place, cache, remembered, least).steps():
        request.emit("step", step=step_values(step))
        request.check()
        steps.append(step)
    return ParityReport(
        model=subject.folder.name,
        source=str(subject.source.path),
        made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        texts=len(texts),
        positions=sum(len(text.ids) - 1 for text in texts),
        trained=sum(sum(text.mask[1:]) for text in texts),
        steps=tuple(steps),
    )


def _number(request: Request, name: str, usual: int) -> int:
    value = request.fields.get(name)
    return value if isinstance(value, int) and value >= 0 else usual


def main() -> None:
    """Serves one job."""
    serve({"parity": parity}, one_job=True)


if __name__ == "__main__":
    main()
