"""Worker `train`: one LoRA run from scenarios to an adapter, then it ends.

Request `train {run, config, cache=null}`: the run's folder, the settings (`training.config`; a folder among the
scenarios stands for all that is in it, `dataset` is the folder of a build), and where bases made from a GGUF are kept.
`train {run, resume: true, step=null, cache=null}` goes on with the run in that folder, with its own settings, from its
newest whole checkpoint or that of `step`.
Events: `phase {name}` (base, data, reference, measure, train,
ranks, save), `resumed {step, of, checkpoint, passed_over}`,
`step {step, of, loss, learning_rate, tokens_per_second, seconds_left}`, `validation {step, loss}`, `accuracy {step,
right, of}`, `sample {step, replies: [{line, text}]}` (step 0 is the untrained model), `checkpoint {step, path, best,
gone}` (the best by validation, those deleted), `preference {step, margin, accuracy, chosen}` (of pairs of answers),
`replay {run, examples, of, missing}` (old examples beside the new ones), `warning {code, fields}`; of memory `forecast
{device, parts, total, room, changes}` (bytes, before anything is loaded), `memory {step, batch_size, reason}` (a step
made again in smaller rows); `card_fails {card, reason}` and `slow {step, factor}` (steps take a multiple of their usual
time). `done` carries the report. The request's `held` are bytes promised to others and not taken yet, and with `resume`
its `batch_size` is the most that memory holds. Cancelling is seen between two examples; with `pause` a checkpoint of
the last whole step is kept, and the ending is `cancelled {paused, step, run}`.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from studio.gguf.base import open_base
from studio.jobs.protocol import Fields
from studio.training.checkpoints import checkpoints_of
from studio.training.config import TrainingConfig, read_config, save_config, with_files
from studio.training.errors import AlreadyBegun
from studio.training.planning import Plan, Timing, plan, worth_it
from studio.training.report import TrainingReport, files_account, mean, write_report
from studio.workers._course import Course
from studio.workers._crew import sweep
from studio.workers._device import Processor
from studio.workers._keeping import Keeper, only_one
from studio.workers._material import kept_in
from studio.workers._moving import to_the_end
from studio.workers._places import cache_of, run_folder
from studio.workers._resume import resumed
from studio.workers._retreat import Trouble, with_room
from studio.workers._serve import Request, serve
from studio.workers._trainee import Trainee

Planned = tuple[TrainingConfig, dict[str, object]]
SAVE_SECONDS, SAVE_SECONDS_A_WEIGHT = 0.05, 12 / 150e6
"""What a checkpoint takes: twelve bytes a weight, on a slow disk."""


def train(request: Request) -> Fields:
    """Runs the job that a request describes."""
    started = time.monotonic()
    folder = run_folder(request)
    if request.fields.get("resume") is True:
        course = resumed(request, folder, started)
    else:
        course = _begun(request, folder, started)
    request.emit("phase", name="train")
    course = to_the_end(request, folder, course)
    request.emit("phase", name="save")
    of, config = course.finish(), course.config
    course.trainee.adapter.save(folder / "adapter", {"step": of, "seed": config.seed, "base": str(config.base)})
    return {"report": write_report(folder, _report(course, of), course.trainee.gathered)}


def _begun(request: Request, folder: Path, started: float) -> Course:
    """A new run, planned, with its first checkpoint: from here on it can be resumed. Raises AlreadyBegun."""
    if checkpoints_of(folder):
        raise AlreadyBegun(path=folder)
    request.journal_to(folder)
    lock = only_one(folder)
    wanted = kept_in(folder, with_files(read_config(request.get("config", dict))))
    save_config(wanted, folder, {})
    cache = cache_of(request, folder)

    def ready(processor: Processor, instead_of: Trouble | None) -> tuple[Trainee, Planned]:
        """The model on a processor, and the settings with the number of steps that it has time for."""
        full = instead_of.told if instead_of is not None else {}
        request.emit("phase", name="base", processor=processor.name, precision=processor.precision, **full)
        trainee = Trainee(request, wanted, open_base(wanted.base), processor, cache)
        trainee.set_out()
        return trainee, _planned(request, folder, trainee.config, trainee, processor, started, full)

    trainee, (config, resolved) = with_room(wanted, ready, request.emit)
    keeper = Keeper(request, folder, config, resolved, trainee.footing(), started, lock)
    keeper.keep(trainee)
    return Course(request, trainee, keeper)


def _planned(
    request: Request,
    folder: Path,
    config: TrainingConfig,
    trainee: Trainee,
    processor: Processor,
    started: float,
    full: Mapping[str, str],
) -> Planned:
    """The settings with the number of steps, fixed by what a proving step took; written into the run."""
    request.emit("phase", name="measure")
    samples = trainee.look(validation=False, accuracy=False)
    validation = trainee.look(samples=False, accuracy=False)
    accuracy = trainee.look(samples=False, validation=False)
    token, first = (seconds / processor.processes for seconds in trainee.passes.prove())
    lengths = [len(example.ids) for example in trainee.gathered.examples]
    saving = SAVE_SECONDS + trainee.adapter.size * SAVE_SECONDS_A_WEIGHT
    kept = (saving + samples + validation + accuracy) / config.checkpoint_every
    kept += (saving + samples + validation + accuracy) * config.effective_batch / len(lengths)
    pause = samples + validation
    if config.validation_every is not None:
        pause, kept = samples, kept + validation / config.validation_every
    timing = Timing(time.monotonic() - started, token, pause, ending=3.0, first=first, kept=kept)
    accepted = bool(full) and config.gpu_fallback == "accept"
    found = plan(
        lengths,
        batch=config.effective_batch,
        epochs=config.epochs,
        minutes=None if accepted else config.max_minutes,
        timing=timing,
        pause_every=config.sample_every,
    )
    if full and config.steps is None and not accepted:
        worth_it(found, lengths, batch=config.effective_batch, minutes=config.max_minutes, timing=timing)
    if config.steps is not None:
        found = Plan(config.steps, 0.0, config.steps * config.effective_batch / len(lengths))
    config = config.model_copy(
        update={"steps": found.steps, "threads": processor.threads, "processes": processor.processes}
    )
    resolved = {**_resolved(trainee, processor, found, token), **full}
    save_config(config, folder, resolved)
    return config, resolved


def _resolved(trainee: Trainee, processor: Processor, found: Plan, token: float) -> dict[str, object]:
    """What the machine and the data made of the settings; a token took `token` seconds."""
    return {
        "device": str(processor.device),
        "processor": processor.name,
        "precision": processor.precision,
        "epochs": round(found.epochs, 2),
        "tokens_per_second": round(1 / token, 1),
        "preparation_seconds": round(time.time() - psutil.Process().create_time(), 1),
        "memory": trainee.gauge.planned(),
        "adapter_weights": trainee.adapter.size,
        "base_folder": str(trainee.folder),
        "files": files_account(trainee.gathered),
        "chat_date": trainee.base.template.date.isoformat(),
    }


def _report(course: Course, of: int) -> TrainingReport:
    trainee, config, processor = course.trainee, course.config, course.trainee.processor
    progress = trainee.progress
    return TrainingReport(
        steps=progress.step,
        epochs=round(progress.step * config.effective_batch / len(trainee.gathered.examples), 2),
        seconds=round(course.keeper.seconds(trainee), 1),
        seconds_a_step=round(progress.seconds / progress.step, 3),
        tokens_a_second=round(progress.tokens / progress.seconds, 1),
        tokens=progress.tokens,
        trained_tokens=progress.trained_tokens,
        first_loss=round(progress.losses[0], 4),
        last_loss=round(mean(progress.losses[-10:]), 4),
        validation=progress.validation,
        accuracy=progress.accuracy,
        best=progress.best,
        adapter_step=of,
        stopped_early=course.stopped_early,
        preference=_preference(progress.rewards[-10:]),
        device=str(processor.device),
        processor=processor.name,
        precision=processor.precision,
        threads=processor.threads,
        processes=processor.processes,
        adapter_weights=trainee.adapter.size,
        peak_memory=trainee.gauge.peak,
        memory=trainee.gauge.reading(),
        base=str(config.base),
        adapter="adapter",
        passes=trainee.seen,
    )


def _preference(rewards: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    if not rewards:
        return {}
    margins, parts, chosen = zip(*rewards, strict=True)
    return {"margin": round(mean(margins), 5), "accuracy": round(mean(parts), 4), "chosen": round(mean(chosen), 5)}


def main() -> None:
    """Serves one job, after what killed workers left behind is swept."""
    sweep()
    serve({"train": train}, one_job=True)


if __name__ == "__main__":
    main()
