"""Chat: the one renderer, from a scenario to token ids and the mask of what is trained on."""

from studio.chat.examination import Verdict, examine
from studio.chat.messages import Message, joined, messages
from studio.chat.pieces import Piece, pieces
from studio.chat.rendering import Rendered, Tokeniser, render
from studio.chat.template import ChatTemplate, TemplateRefused

__all__ = [
    "ChatTemplate",
    "Message",
    "Piece",
    "Rendered",
    "TemplateRefused",
    "Tokeniser",
    "Verdict",
    "examine",
    "joined",
    "messages",
    "pieces",
    "render",
]
