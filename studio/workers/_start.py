"""Owns how a run begins from an adapter that there is already: held against its hashes and its base, then taken up."""

from pathlib import Path

from studio.gguf.adapters import adapter_tensors
from studio.gguf.base import Base
from studio.gguf.identity import check_identity, identity_of
from studio.training.starting import check_whole
from studio.workers._adapter import Adapter
from studio.workers._worn import tensors_for


def start_from(folder: Path, adapter: Adapter, base: Base) -> None:
    """Gives a new adapter the weights of an old one; raises OtherBase, AdapterRefused or the errors of files."""
    check_whole(folder)
    check_identity(folder, identity_of(base.path, base.name), base.path)
    adapter_tensors(folder)  # held against the file's size, before a library reads it
    adapter.take_up(tensors_for(adapter.model, folder))
