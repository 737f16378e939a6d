"""Owns what a training can be made from: the models to start from and what the workspace's scenarios hold."""

from collections.abc import Sequence

from studio.language import _
from studio.training.config import TrainingConfig, read_config
from studio.ui.play.shelf import ModelFile, ScenarioFile
from studio.ui.train.form import BaseModel
