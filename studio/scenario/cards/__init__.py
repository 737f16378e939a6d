"""Character cards as SillyTavern and others exchange them: read, written, turned into a scenario and made from one."""

from studio.scenario.cards.card import Card, blank_card
from studio.scenario.cards.errors import NoSuchMember, NotACard
from studio.scenario.cards.exporting import card_from
from studio.scenario.cards.files import SUFFIXES, load_card, read_picture, save_card
from studio.scenario.cards.importing import scenario_from

__all__ = [
    "SUFFIXES",
    "Card",
    "NoSuchMember",
    "NotACard",
    "blank_card",
    "card_from",
    "load_card",
    "read_picture",
    "save_card",
    "scenario_from",
]
