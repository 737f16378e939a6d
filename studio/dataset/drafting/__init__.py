"""Drafts of scenarios: a model writes the prose, the rules all else."""

from studio.dataset.drafting.draft import Draft, draft
from studio.dataset.drafting.remote import RemoteWriter, key_from
from studio.dataset.drafting.wanted import NoSuchGap, Wanted, wanted_for, with_gap
from studio.dataset.drafting.writers import Asked, LocalWriter, Voice, Writer

__all__ = [
    "Asked", "Draft", "LocalWriter", "NoSuchGap", "RemoteWriter", "Voice", "Wanted", "Writer", "draft",
    "key_from", "wanted_for", "with_gap",
]  # fmt: skip
