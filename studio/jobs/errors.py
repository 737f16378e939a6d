"""Owns the ways in which a worker can fail its reader.

A worker reports an error by its name, so the class must stand where the reader imports it: never in
`studio/workers`, but here or in the package in whose words the worker speaks.
"""

from studio.errors import Cancelled, LorewrightError, MachineError, WorkerError
from studio.language import N_


class WorkerDied(WorkerError):
    """A worker process ended with requests open."""

    sentence = N_(
        "The {worker} process ended ({reason}). Nothing else was touched; start it again. Its last words: {tail}"
    )


class WorkerSilent(WorkerError):
    """A worker process did not say hello."""

    sentence = N_("The {worker} process did not start within {seconds} seconds. Its last words: {tail}")


class ProtocolBroken(WorkerError):
    """A worker wrote something that is not the protocol."""

    sentence = N_(
        "The {worker} process spoke another language ({detail}). Run `python3 launch.py` to bring it up to date."
    )


class OutOfMemory(MachineError):
    """The worker could not get the memory it asked for."""

    sentence = N_("There was not enough memory ({detail}). Close other programs, or choose a smaller model or length.")


class Paused(Cancelled):
    """The user stopped a job that can go on where it was."""

    sentence = N_("Paused after step {step}; a checkpoint of it is kept. `lorewright train --resume {run}` goes on.")


class BadRequest(LorewrightError):
    """A request lacks something or has the wrong kind of value: our bug."""

    sentence = N_("This is a mistake in Lorewright, not yours: a worker was asked {detail}.")
