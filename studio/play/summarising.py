"""Owns how a model is asked for what the oldest turns came to, before it loses sight of them."""

from collections.abc import Mapping, Sequence

from studio.chat import Message
from studio.inference.engine import Ask, Engine
from studio.play.records import Node

MOST_TOKENS = 256
"""Tokens of the longest summary."""

_SYSTEM = "You sum up a game at the table so that it can go on from your words."
_WISH = (
    "Sum up what has happened, in at most 120 words and in the past tense: who did what, what was promised, found, "
    "given and lost, and what is still open. Write no dialogue and no numbers of dice."
)
_NAMES = {"User": "Player", "DM": "Narrator", "TOOLCALL": "Dice"}


async def asking(engine: Engine, dropped: Sequence[Node], summaries: Mapping[int, str]) -> Ask:
    """What is asked: the last summary and the turns after it; the oldest lines go where even they are too long."""
    last = max((place for place, node in enumerate(dropped) if node.id in summaries), default=None)
    lines = [] if last is None else [summaries[dropped[last].id]]
    lines += [f"{_NAMES[node.kind]}: {node.text}" for node in dropped[0 if last is None else last + 1 :]]
    room = engine.card.context - MOST_TOKENS
    while True:
        ask = Ask((Message("system", _SYSTEM), Message("user", "\n\n".join([*lines, _WISH]))), max_tokens=MOST_TOKENS)
        if len(lines) <= 1 or await engine.length(ask) <= room:
            return ask
        lines = lines[max(1, len(lines) // 8) :]
