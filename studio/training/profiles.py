"""Owns the shipped profiles: their names, what they say of themselves, and the settings that they fill in."""

from dataclasses import dataclass
from functools import cache

import yaml

from studio.errors import did_you_mean
from studio.files import read_text
from studio.language import _
from studio.resources import resource
from studio.training.errors import UnknownProfile

DEFAULT_PROFILE = "cpu-starter"

_ABOUT = ("title", "base")
"""What stands in a profile and is no setting of a run: a profile's base is a model of the catalogue."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile by its name: its title, the model that it is meant for, and the text of its file."""

    name: str
    title: str
    base: str
    text: str

    def settings(self) -> dict[str, object]:
        """The settings that it fills in."""
        values: dict[str, object] = yaml.safe_load(self.text)
        return {key: value for key, value in values.items() if key not in _ABOUT}


def profiles() -> tuple[str, ...]:
    """The names of the shipped profiles."""
    return tuple(sorted(path.stem for path in resource("profiles").glob("*.yaml")))


@cache
def profile(name: str) -> Profile:
    """A shipped profile; raises UnknownProfile."""
    if name not in profiles():
        raise UnknownProfile(name=name, near=did_you_mean(name, profiles()) or DEFAULT_PROFILE)
    text = read_text(resource(f"profiles/{name}.yaml"))
    values = yaml.safe_load(text)
    return Profile(name, _(str(values["title"])), str(values["base"]), text)


def profile_settings(name: str) -> dict[str, object]:
    """The settings of a shipped profile; raises UnknownProfile."""
    return profile(name).settings()
