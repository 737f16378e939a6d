"""Training: what a run is to do, planned and written down; the work itself is done by `workers.train`."""

# Whoever follows a run must know the errors that its worker can name.
from studio.dataset import NothingToTrain
from studio.dataset.builds import BuildChanged, BuildHasErrors
from studio.dataset.manifest import BadManifest
from studio.gguf.errors import BaseIncomplete, DamagedGguf, NotTrainable
from studio.training.errors import BadSettings, LossDiverged, NamedNowhere, NoSuchDevice, NoTimeToTrain, UnknownProfile

__all__ = [
    "BadManifest",
    "BadSettings",
    "BaseIncomplete",
    "BuildChanged",
    "BuildHasErrors",
    "DamagedGguf",
    "LossDiverged",
    "NamedNowhere",
    "NoSuchDevice",
    "NoTimeToTrain",
    "NotTrainable",
    "NothingToTrain",
    "UnknownProfile",
]
