"""Owns what people say of play: the five questions at the end of a session, and votes between two models.

Knows no session, no file and no window.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from studio.language import N_

Answer = Literal["yes", "partly", "no"]
"""What a question is answered with, by one click; a question may stay open."""

Winner = Literal["left", "right", "tie"]
"""Which of two replies to the same line is the better one."""

QUESTIONS: dict[str, str] = {
    "fun": N_("Was it fun?"),
    "fair": N_("Was it fair?"),
    "coherent": N_("Did the story hang together?"),
    "remembered": N_("Did the narrator remember what had happened?"),
    "again": N_("Would you play on with it?"),
}
"""The five questions by the names of `Ratings`' fields, in the order in which they are asked."""

ANSWERS: dict[Answer, str] = {"yes": N_("Yes"), "partly": N_("Partly"), "no": N_("No")}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ratings(_Record):
    """The answers to the five questions; None where one was left open."""

    fun: Answer | None = None
    fair: Answer | None = None
    coherent: Answer | None = None
    remembered: Answer | None = None
    again: Answer | None = None

    @property
    def answered(self) -> dict[str, Answer]:
        """The answers that were given, by question."""
        return {name: answer for name in QUESTIONS if (answer := getattr(self, name)) is not None}


class Vote(_Record):
    """Which of two models answered the same line better. Each is named by SHA-256 and by name for people.

    `line` is what the player said, `blind` whether the names were hidden until the vote.
    """

    left: str
    left_name: str
    right: str
    right_name: str
    winner: Winner
    blind: bool
    line: str = ""
