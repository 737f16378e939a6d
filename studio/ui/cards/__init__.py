"""How play looks: bubbles of turns, cards of dice, cards of characters; used wherever play is shown."""

from studio.ui.cards.bubble import Bubble
from studio.ui.cards.dice import DiceCard, Throw
from studio.ui.cards.markdown import to_html
from studio.ui.cards.party import PartyCard

__all__ = ["Bubble", "DiceCard", "PartyCard", "Throw", "to_html"]
