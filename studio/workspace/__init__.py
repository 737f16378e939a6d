"""A person's folder of scenarios, data, runs and models: where it is, its documents, its settings."""

from studio.workspace.documents import Document
from studio.workspace.folder import Workspace, find, open_or_make
from studio.workspace.recovery import Recovery
from studio.workspace.settings import Settings
from studio.workspace.survey import Surveyed, survey

__all__ = ["Document", "Recovery", "Settings", "Surveyed", "Workspace", "find", "open_or_make", "survey"]
