"""Training: what a run is to do, planned and written down; the work itself is done by `workers.train`."""

# Whoever follows a run must know the errors that its worker can name.
from studio.dataset import NothingToTrain
from studio.dataset.builds import BuildChanged, BuildHasErrors
from studio.dataset.manifest import BadManifest
from studio.gguf.errors import BaseIncomplete, DamagedGguf, NotTrainable
from studio.training.checkpoints import CheckpointDamaged, NothingToResume
from studio.training.errors import (
    AlreadyBegun,
    AlreadyDone,
    BadSettings,
    LossDiverged,
    LossDivergedAfter,
    NamedNowhere,
    NoSuchDevice,
    NothingToValidate,
    NoTimeToTrain,
    RunBusy,
    UnknownProfile,
)
from studio.training.footing import BaseChanged, DataChanged, ProcessorChanged, VersionsChanged

__all__ = [
    "AlreadyBegun",
    "AlreadyDone",
    "BadManifest",
    "BadSettings",
    "BaseChanged",
    "BaseIncomplete",
    "BuildChanged",
    "BuildHasErrors",
    "CheckpointDamaged",
    "DamagedGguf",
    "DataChanged",
    "LossDiverged",
    "LossDivergedAfter",
    "NamedNowhere",
    "NoSuchDevice",
    "NoTimeToTrain",
    "NotTrainable",
    "NothingToResume",
    "NothingToTrain",
    "NothingToValidate",
    "ProcessorChanged",
    "RunBusy",
    "UnknownProfile",
    "VersionsChanged",
]
