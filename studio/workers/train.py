"""Worker `train`: one LoRA run from scenarios to an adapter, then it ends.

Request `train {run, config, cache=null}`: the run's folder, the settings (`training.config`; a folder among the
scenarios stands for all that is in it, `dataset` is the folder of a build), and where bases made from a GGUF are kept.
Events: `phase {name}` (base, data, measure, train, save), `step {step, of, loss, learning_rate, tokens_per_second,
seconds_left}`, `validation {step, loss}`, `sample {step, replies: [{line, text}]}` (step 0 is the untrained model),
`checkpoint {step, path}`; `done` carries the report. Cancelling is seen between two examples.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from studio.gguf.base import open_base
from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG
from studio.training.config import TrainingConfig, read_config, save_config, with_files
from studio.training.planning import Plan, Timing, plan, worth_it
from studio.training.report import TrainingReport, files_account, mean, write_report
from studio.workers._device import Processor
from studio.workers._places import cache_of, run_folder
from studio.workers._retreat import with_room
from studio.workers._serve import Request, serve
from studio.workers._trainee import Trainee, peak_memory


def train(request: Request) -> Fields:
    """Runs the job that a request describes."""
    started = time.monotonic()
    folder = run_folder(request)
    request.journal_to(folder)
    wanted = with_files(read_config(request.get("config", dict)))
    save_config(wanted, folder / CONFIG, {})
    cache = cache_of(request, folder)

    def ready(processor: Processor, instead_of: Processor | None) -> tuple[Trainee, Processor, TrainingConfig]:
        """The model on a processor, and the settings with the number of steps that it has time for."""
        full = {"gpu_too_small": instead_of.name} if instead_of is not None else {}
        request.emit("phase", name="base", processor=processor.name, precision=processor.precision, **full)
        trainee = Trainee(request, wanted, open_base(wanted.base), processor, cache)
        return trainee, processor, _planned(request, folder, wanted, trainee, processor, started, full)

    trainee, processor, config = with_room(wanted, ready)
    request.emit("phase", name="train")
    losses, seconds = trainee.run(config)
    request.emit("phase", name="save")
    trainee.save(folder / "adapter", config.steps or 0)
    report = _report(config, trainee, processor, losses, seconds, time.monotonic() - started)
    return {"report": write_report(folder, report, trainee.gathered)}


def _planned(
    request: Request,
    folder: Path,
    config: TrainingConfig,
    trainee: Trainee,
    processor: Processor,
    started: float,
    full: Mapping[str, str],
) -> TrainingConfig:
    """The settings with the number of steps, fixed by what a proving step took; written into the run."""
    request.emit("phase", name="measure")
    pause = trainee.pause(0)
    token, first = trainee.passes.prove()
    timing = Timing(time.monotonic() - started, token, pause, ending=3.0, first=first)
    lengths = [len(example.ids) for example in trainee.gathered.examples]
    found = plan(
        lengths,
        batch=config.effective_batch,
        epochs=config.epochs,
        minutes=config.max_minutes,
        timing=timing,
        pause_every=config.sample_every,
    )
    if full and config.steps is None:
        worth_it(found, lengths, batch=config.effective_batch, minutes=config.max_minutes, timing=timing)
    if config.steps is not None:
        found = Plan(config.steps, 0.0, config.steps * config.effective_batch / len(lengths))
    config = config.model_copy(update={"steps": found.steps, "threads": processor.threads})
    save_config(config, folder / CONFIG, {**_resolved(trainee, processor, found, token), **full})
    return config


def _resolved(trainee: Trainee, processor: Processor, found: Plan, token: float) -> dict[str, object]:
    """What the machine and the data made of the settings; a token took `token` seconds."""
    return {
        "device": str(processor.device),
        "processor": processor.name,
        "precision": processor.precision,
        "epochs": round(found.epochs, 2),
        "tokens_per_second": round(1 / token, 1),
        "adapter_weights": trainee.adapter.size,
        "base_folder": str(trainee.folder),
        "files": files_account(trainee.gathered),
        "chat_date": trainee.base.template.date.isoformat(),
    }


def _report(
    config: TrainingConfig,
    trainee: Trainee,
    processor: Processor,
    losses: list[float],
    seconds: float,
    whole: float,
) -> TrainingReport:
    steps = len(losses)
    return TrainingReport(
        steps=steps,
        epochs=round(steps * config.effective_batch / len(trainee.gathered.examples), 2),
        seconds=round(whole, 1),
        seconds_a_step=round(seconds / steps, 3),
        tokens_a_second=round(trainee.tokens / seconds, 1),
        tokens=trainee.tokens,
        trained_tokens=trainee.trained_tokens,
        first_loss=round(losses[0], 4),
        last_loss=round(mean(losses[-10:]), 4),
        validation=trainee.validation,
        device=str(processor.device),
        processor=processor.name,
        precision=processor.precision,
        threads=processor.threads,
        adapter_weights=trainee.adapter.size,
        peak_memory=peak_memory(),
        base=str(config.base),
        adapter="adapter",
        passes=trainee.seen,
    )


def main() -> None:
    """Serves one job."""
    serve({"train": train}, one_job=True)


if __name__ == "__main__":
    main()
