"""Owns the ways in which a worker can fail its reader."""

from studio.errors import WorkerError
from studio.language import N_


class WorkerDied(WorkerError):
    """A worker process ended with requests open."""

    sentence = N_("The {worker} process ended ({reason}). Nothing else was touched; start it again. Its last words: {tail}")


class WorkerSilent(WorkerError):
    """A worker process did not say hello."""

    sentence = N_("The {worker} process did not start within {seconds} seconds. Its last words: {tail}")


class ProtocolBroken(WorkerError):
    """A worker wrote something that is not the protocol."""

    sentence = N_("The {worker} process spoke another language ({detail}). Run `python3 launch.py` to bring it up to date.")
