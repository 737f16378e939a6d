"""Owns where the data that ships with the studio lies; knows nothing of what is in it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """The folder `name` inside an installed package, else beside the package in a checkout."""
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / name


def resource(name: str) -> Path:
    """The path of a file or folder under `resources/`."""
    return _shipped("resources") / name


def samples() -> Path:
    """The folder of the sample scenarios."""
    return _shipped("sample_scenarios")
