"""Owns the part of a GGUF that says how text becomes tokens: template, tokeniser, context; reads no weights."""

from dataclasses import dataclass
from pathlib import Path

from studio.chat import ChatTemplate
from studio.gguf.chat import template_of
from studio.gguf.reader import Gguf
from studio.gguf.tokeniser import VocabularyTokeniser, tokeniser_of


@dataclass(frozen=True, slots=True)
class ChatSide:
    """How one model reads a chat; `context` is the longest it was made for, None where the file does not say."""

    template: ChatTemplate
    tokeniser: VocabularyTokeniser
    context: int | None


def chat_side(path: Path) -> ChatSide:
    """The chat side of a GGUF; raises the errors of reading one, LacksMetadata and TokeniserUnknown."""
    with Gguf(path) as gguf:
        family = gguf.text("general.architecture") or ""
        return ChatSide(template_of(gguf), tokeniser_of(gguf), gguf.number(f"{family}.context_length"))
