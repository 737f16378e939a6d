"""Owns the jobs that several tabs follow: the trainings and the conversions of the open workspace. Knows no Qt."""

from collections.abc import Callable

from studio.ui.convert.job import start_conversion
from studio.ui.convert.steps import Steps
from studio.ui.train.desk import Desk
from studio.ui.train.job import start_training
from studio.workspace import Workspace


class Workbench:
    """A desk a kind of job, and the steps of the conversion; `workspace` gives the one that is open now."""

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        self.training = Desk(workspace, "train", start_training)
        self.conversion = Desk(workspace, "convert", start_conversion)
        self.steps = Steps()
        self.conversion.heard.append(self.steps.take)
