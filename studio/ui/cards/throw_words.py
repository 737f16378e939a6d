"""Owns what is said of a roll, on its card and aloud. Knows no Qt."""

from studio.language import _
from studio.rules import Outcome
from studio.ui.cards.content import Throw


def titled(card: Throw) -> str:
    """The card's first line: the skill, and who rolls."""
    return " · ".join(filter(None, (card.skill, card.actor)))


def described(card: Throw) -> str:
    """The card's second line: the sum, the DC, and how it went."""
    parts = [card.sum]
    if card.dc is not None:
        parts.append(_("DC {n}").format(n=card.dc))
    if card.advantage is not None:
        parts.append(_("advantage") if card.advantage == "adv" else _("disadvantage"))
    if card.outcome is not None:
        parts.append(_("success") if card.outcome is Outcome.SUCCESS else _("failed"))
    return "  ·  ".join(parts)


def spoken(card: Throw) -> str:
    """The whole roll as a sentence."""
    who = card.actor or _("The table")
    return _("{who} rolls {skill}: {total} ({how})").format(
        who=who, skill=card.skill, total=card.total, how=described(card)
    )
