"""Owns whether a chat template can be trained through; it is found by running it on a small play."""

from dataclasses import dataclass

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.chat.pieces import pieces
from studio.chat.template import ChatTemplate, TemplateRefused
from studio.language import _


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model with this template can be trained, and why not."""

    trainable: bool
    reason: str = ""


_PROBE = (
    Message(SYSTEM, "a quiet inn"),
    Message(USER, "look around", 0),
    Message(ASSISTANT, "[roll: perception]", 1, trained=True),
    Message(USER, "<TOOLCALL>perception: 7 = *7*</TOOLCALL>", 2),
    Message(ASSISTANT, "nothing stirs", 3, trained=True),
    Message(USER, "go out", 4),
    Message(ASSISTANT, "it rains", 5, trained=True),
)


def examine(template: ChatTemplate) -> Verdict:
    """Runs the template on a small play: every content must come out once and in order, each DM turn must end in an
    end-of-turn token, and what stands before a DM turn must be the beginning of the whole, as in play."""
    try:
        whole = "".join(piece.text for piece in pieces(template, _PROBE, add_generation_prompt=False))
        for count, message in enumerate(_PROBE):
            if message.role == ASSISTANT:
                prompt = "".join(p.text for p in pieces(template, _PROBE[:count], add_generation_prompt=True))
                if not whole.startswith(prompt + message.content):
                    return Verdict(False, _("a longer play changes what it writes for the turns before"))
    except TemplateRefused as error:
        return Verdict(False, str(error.fields["reason"]))
    return Verdict(True)
