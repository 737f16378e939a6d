"""Owns the chat templates that a model without one can be spoken to with; knows no file of a model."""

from collections.abc import Container
from dataclasses import dataclass

import yaml

from studio.errors import UsageError, did_you_mean
from studio.files import read_text
from studio.language import N_, _
from studio.resources import resource

_FOLDER = "chat_templates"


class NoSuchTemplate(UsageError):
    """A chat template was named that there is not."""

    sentence = N_("There is no chat template “{name}”. There are: {known}.{near}")


@dataclass(frozen=True, slots=True)
class Offered:
    """A template by name, with a title for people and the tokens that a model made for it has."""

    name: str
    title: str
    marks: tuple[str, ...]


def offered() -> tuple[Offered, ...]:
    """All templates that there are."""
    rows = yaml.safe_load(read_text(resource(_FOLDER) / "templates.yaml"))["templates"]
    return tuple(Offered(row["name"], row["title"], tuple(row["marks"])) for row in rows)


def suggested(vocabulary: Container[str]) -> Offered:
    """The template that a model with these tokens was most likely made for."""
    return next(one for one in offered() if all(mark in vocabulary for mark in one.marks))


def chat_template(name: str) -> str:
    """The source of a template; raises NoSuchTemplate."""
    known = [one.name for one in offered()]
    if name not in known:
        near = did_you_mean(name, known)
        told = _(" Did you mean “{near}”?").format(near=near) if near else ""
        raise NoSuchTemplate(name=name, known=", ".join(known), near=told)
    return read_text(resource(_FOLDER) / f"{name}.jinja")
