"""Owns what the phases of a training are called; knows neither window nor terminal."""

from studio.language import N_, _

_PHASES = {
    "base": N_("Loading the model"),
    "data": N_("Reading the scenarios"),
    "measure": N_("Answering untrained, measuring this machine"),
    "reference": N_("Noting how likely each answer is before training"),
    "ranks": N_("Starting the other processes"),
    "train": N_("Training"),
    "save": N_("Saving the adapter"),
}


def phase_word(phase: str | None) -> str:
    """The named part of the work for people."""
    return _(_PHASES.get(phase or "", phase or N_("Starting")))
