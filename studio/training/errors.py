"""Owns the ways in which a training can fail; the worker raises them, its reader shows them."""

from collections.abc import Sequence
from dataclasses import asdict

from studio.errors import InputError, MachineError, UsageError, WorkerError
from studio.faults import Fault
from studio.jobs.errors import WorkerDied
from studio.language import N_, _


class LossDiverged(InputError):
    """The loss is no number any more."""

    sentence = N_(
        "Training broke down at step {step}: the loss is no longer a number. Nothing of that step was kept. Lower the "
        "learning rate and start again."
    )


class LossDivergedAfter(LossDiverged):
    """The same, and there is a checkpoint from before."""

    sentence = N_(
        "Training broke down at step {step}: the loss is no longer a number. Nothing of that step was kept; "
        "{checkpoint} from before it is whole and can be played and converted. Lower the learning rate and start again."
    )


class AlreadyDone(InputError):
    """A run that has come to its end is asked to go on."""

    sentence = N_("{path} is finished, so there is nothing left to go on with. Start a new run to train further.")


class AlreadyBegun(InputError):
    """A new run is to begin in the folder of one that has checkpoints."""

    sentence = N_("{path} holds a run that has begun. Go on with it (`lorewright train --resume`), or start a new run.")


class RunBusy(InputError):
    """Another process trains in this run's folder."""

    sentence = N_("{path} is being trained by another process. Wait until that one ends, or stop it.")


class NothingToValidate(InputError):
    """Early stopping without anything to measure on."""

    sentence = N_(
        "Early stopping needs examples to measure on, and there are none. Tag a scenario held-out, set "
        "validation_examples, or leave early_stopping out."
    )


class NoSuchDevice(MachineError):
    """The settings name a processor that this machine lacks."""

    sentence = N_("This machine cannot train on {device}. Set the device to auto.")


class BadSettings(InputError):
    """Settings that cannot be used, all of them: `problems` are their faults as plain values."""

    @classmethod
    def of(cls, found: Sequence[Fault]) -> "BadSettings":
        """The error of these faults; where all name what does not exist, one of the kind for that."""
        kind = NamedNowhere if all(fault.absent for fault in found) else cls
        return kind(problems=[asdict(fault) for fault in found])

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong, setting by setting."""
        rows = self.fields.get("problems")
        return tuple(Fault(**row) for row in rows) if isinstance(rows, list) else ()

    def __str__(self) -> str:
        found = self.faults
        if len(found) == 1:
            return _("The training setting {fault}").format(fault=found[0])
        head = _("{count} training settings can't be used:").format(count=len(found))
        return "\n".join([head, *(f"  {fault}" for fault in found)])

    def as_event(self) -> dict[str, object]:
        """Code and fields, the problems as a list."""
        return {"code": self.code, "fields": dict(self.fields)}


class NamedNowhere(BadSettings):
    """Settings that name what does not exist: a profile, a file, a data set."""

    exit_code = 2


class NoSuchLayers(InputError):
    """`lora.target_modules` names layers that the model does not have."""

    sentence = N_(
        "The model has no linear layers named {unknown} (lora.target_modules). It has {known}. Name some of these, or "
        "say all-linear."
    )


class NotPaged(MachineError):
    """The settings ask for a paged optimiser where there is nothing that could page."""

    sentence = N_("Without a graphics card of NVIDIA no optimiser is paged. It is adamw-8bit, which learns the same.")


class NoScenarios(InputError):
    """The folders that were named hold no scenario."""

    sentence = N_("There is no scenario in {path} to train on. Write one (a file NAME.md), or name another folder.")


class UnknownProfile(UsageError):
    """A profile that does not exist was named."""

    sentence = N_("There is no training profile “{name}”. Did you mean “{near}”?")


class OtherProcesses(UsageError):
    """A launcher started another number of processes than the run is shared by."""

    sentence = N_(
        "{run} is trained by {shared} at once, and the launcher started {given}. Have it start {shared}, or leave it "
        "out: the run then starts its processes by itself."
    )


class RankDied(WorkerError):
    """One of the processes that share a training ended."""

    sentence = N_(
        "Process {rank} of the {of} that shared this training ended ({reason}), so the others were ended too. Nothing "
        "of the step was learnt; `lorewright train --resume {run}` goes on from the last checkpoint."
    )


class DiedAtStart(WorkerDied):
    """A worker ended again and again before it had said anything."""

    sentence = N_(
        "The training ended {times} times while it was starting ({reason}), so something here is broken. Run "
        "`lorewright doctor`, which says what. Its last words: {tail}"
    )


class KilledForMemory(MachineError):
    """The system ended the worker because memory ran out, as often as it is tried."""

    sentence = N_(
        "The system ended the training because memory ran out, {times} times, in the end with {rows} at once. Its "
        "checkpoints are kept. Close other programs and go on with it, or start anew with a memory_limit_gb, a smaller "
        "model or a smaller max_length."
    )


class GpuTooSmall(MachineError):
    """The settings name a graphics card whose memory does not hold the model in training."""

    sentence = N_(
        "The memory of {gpu} is too small for this training. Set the device to auto, so that the CPU can take over, or "
        "choose a smaller model, or a smaller max_length."
    )


class TooSlowWithoutGpu(MachineError):
    """A graphics card cannot take a training, and the CPU would take longer than is allowed."""

    sentence = N_(
        "{gpu} has too little memory for this training, or fails at it, and on the CPU it needs {needed} minutes where "
        "{allowed} are allowed. Allow more, set gpu_fallback to accept, or choose a smaller model or max_length."
    )


class CardFails(MachineError):
    """A graphics card is there and cannot be computed with."""

    sentence = N_(
        "{gpu} cannot be used for training: {reason}. Bring its driver up to date; or let the CPU take over, with "
        "device set to auto and gpu_fallback to ask or accept."
    )


class DoesNotFit(MachineError):
    """The forecast says that a model in training does not fit into the memory, before any of it is loaded."""

    sentence = N_(
        "This training takes {needed} of memory, and of {device} {room} can be had. It takes {parts}. {advice}"
    )


class NoTimeToTrain(InputError):
    """The time allowed does not suffice for one step."""

    sentence = N_(
        "Training needs {needed} minutes before its first step is done and {allowed} are allowed. Allow more, or train "
        "on fewer or shorter scenarios."
    )
