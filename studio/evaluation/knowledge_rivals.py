"""Owns who a model that is asked for facts is measured beside: the question said back, one answer to all, and its base.

A canon says what an answer must have, and holds no answers to learn from, so there are no examples.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from studio.chat import Message
from studio.evaluation.rivals import COMMONEST, KEYWORD, Prompting, Rival
from studio.evaluation.rules_of_thumb import Always, identity_of, said
from studio.inference.engine import Ask, Generation
from studio.language import N_, _

TITLE = N_("its base with instructions")
NOTES = (
    N_("A canon has no answers, so the base is shown no examples; an answer is free, so no grammar holds it."),
    N_("The rule of words says the question back: what it gets right, the question gives away."),
)
_TOLD = "Answer the question in one or two sentences. Say what you know for certain, and name names and numbers."


@dataclass(frozen=True, slots=True)
class Echo:
    """Says the question back."""

    @property
    def identity(self) -> str:
        """The SHA-256 of the rule."""
        return identity_of(["echo"])

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The questions."""
        return [said(ask.messages[-1].content) for ask in asks]


def rules(phrases: Sequence[str], right: Callable[[str], int]) -> Sequence[Rival]:
    """The rules; `right` says how many questions an answer to all gets right, `phrases` are what to try."""
    usual = Always(max(sorted(set(phrases)), key=right, default=""))
    echo = Echo()
    return (
        Rival(KEYWORD, _("the question said back"), echo.identity, echo),
        Rival(COMMONEST, _("always “{text}”").format(text=usual.text), usual.identity, usual),
    )


def helped() -> Prompting:
    """How a base is helped to answer."""

    def change(ask: Ask) -> Ask:
        system, *rest = ask.messages if ask.messages[0].role == "system" else (Message("system", ""), *ask.messages)
        return replace(ask, messages=(Message("system", f"{system.content}\n\n{_TOLD}".strip()), *rest))

    return Prompting(TITLE, identity_of(_TOLD), change)
