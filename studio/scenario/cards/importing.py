"""Owns turning character cards into a scenario; knows neither files nor windows.

Two names are put in for `{{char}}` and `{{user}}`; no other macro is carried out, since a card is a stranger's text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from studio.language import N_, _
from studio.scenario.cards.card import Card
from studio.scenario.cards.sheets import read_sheet, sheet_text
from studio.scenario.model import Character, Span, Speaker, SystemContext, Turn, plain_name
from studio.scenario.writer import fresh

ROLE = N_("You are the Dungeon Master. Call for a roll only when failing would matter.")
WORLD = N_("Say in two sentences what kind of world this is.")
LOCATION = N_("Say where the party is, and what can be seen there.")
OPENING = N_("I look around.")
PLAYER = "Mara"
"""Who plays where nobody says so."""
STRANGER = N_("Stranger")
"""Who a card is about whose name has no letter that a sheet can hold."""

_NAME_LIMIT = 60
_UNNAMED = re.compile(r"[\[\]#*_`<>‹›{}|\\~:]")
_NOWHERE = Span(0, 0)
_MACRO = re.compile(r"\{\{(char|user)\}\}|<(BOT|CHAR|USER)>", re.IGNORECASE)
_START = re.compile(r"^[ \t]*<START>[ \t]*$", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"<(?=[/!A-Za-z])([^<>\n]{0,80})(>?)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufdd0\ufdd1\ufeff\u2028\u2029]")
_HEADING = re.compile(r"^(\s{0,3})(#|=+\s*$|-+\s*$|```|~~~)", re.MULTILINE)
_MOST_LORE = 12
_KEPT_KEYS = (("description", "Description"), ("personality", "Personality"))


def scenario_from(cards: Sequence[Card], title: str, player: str = PLAYER) -> str:
    """The text of a scenario in which these characters are the party beside the player.

    The first card's place and greeting open it; the example talk of all follows as turns. A card whose name is the
    player's is the player's own sheet.
    """
    names = {"user": plain_named(player) or PLAYER}
    members = [_member(card, names) for card in cards]
    party = _party(members, names["user"])
    first = cards[0] if cards else None
    system = SystemContext("", _role(cards, names), _world(cards, names), None, party, _NOWHERE, _NOWHERE)
    location = plain_text(first.text("scenario"), _named(first, names)) if first is not None else ""
    system = _with_location(system, location or _(LOCATION))
    metadata: dict[str, object] = {"title": one_line(plain_text(title, {})), "player": names["user"]}
    return fresh(metadata, system, _numbered(_turns(cards, names)), None)


def plain_text(text: str, names: Mapping[str, str]) -> str:
    """A card's text as a scenario can hold it: names put in, nothing in it reads as a tag of the file."""
    ended = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    named = _MACRO.sub(lambda match: names.get(_meant(match), match.group()), _CONTROL.sub("", ended))
    return _TAG.sub(lambda match: "‹" + match[1] + ("›" if match[2] else ""), named).strip()


def plain_named(name: str) -> str:
    """A name as a sheet's heading can hold it."""
    return " ".join(_UNNAMED.sub(" ", plain_text(name, {})).split())[:_NAME_LIMIT].strip()


def _meant(match: re.Match[str]) -> str:
    word = (match[1] or match[2]).lower()
    return "user" if word == "user" else "char"


def _named(card: Card, names: Mapping[str, str]) -> dict[str, str]:
    return {**names, "char": plain_named(card.name) or _(STRANGER)}


def _role(cards: Sequence[Card], names: Mapping[str, str]) -> str:
    """Our own sentence, or what a card says in its place; `{{original}}` stands for ours there."""
    own = _(ROLE)
    said = [card.text("system_prompt").replace("{{original}}", own) for card in cards]
    found = [_section(plain_text(text, _named(card, names))) for card, text in zip(cards, said, strict=True) if text]
    return "\n\n".join(dict.fromkeys(filter(None, found))) or own


def _world(cards: Sequence[Card], names: Mapping[str, str]) -> str:
    lore = [_section(plain_text(text, _named(card, names))) for card in cards for text in card.lore]
    return "\n\n".join(dict.fromkeys(filter(None, lore[:_MOST_LORE]))) or _(WORLD)


def _section(text: str) -> str:
    """Text that cannot open a section or a character of its own."""
    return _HEADING.sub(lambda match: match[1] + "·" + match[2].lstrip("#"), text)


def _with_location(system: SystemContext, location: str) -> SystemContext:
    return SystemContext("", system.role, system.world, _section(location), system.party, _NOWHERE, _NOWHERE)


def _member(card: Card, names: Mapping[str, str]) -> Character:
    """The sheet that Lorewright once put into the card, else a companion with what the card tells."""
    known = _named(card, names)
    other = {key: one_line(plain_text(card.text(field), known)) for field, key in _KEPT_KEYS}
    told = {key: value for key, value in other.items() if value}
    sheet = read_sheet(card.ours.get("sheet"), known["char"])
    if sheet is not None:
        return sheet
    return Character(known["char"], kind="NPC Companion", other=told)


def _party(members: Sequence[Character], player: str) -> tuple[Character, ...]:
    """The members by name, each once, the player first."""
    by_name = {plain_name(member.name): member for member in reversed(members)}
    order = list(dict.fromkeys(plain_name(member.name) for member in members))
    own = by_name.pop(plain_name(player), None)
    if own is None:
        text = sheet_text(player, kind="Player Character", level=1, health=(12, 12), skills={"Perception": 3})
        own = read_sheet(text, player)
    rest = [by_name[name] for name in order if name in by_name]
    return (own, *rest) if own is not None else tuple(rest)


def one_line(text: str) -> str:
    """Text as a line of a sheet holds it."""
    return " ".join(text.split())


def _turns(cards: Sequence[Card], names: Mapping[str, str]) -> Iterator[tuple[Speaker, str]]:
    """The opening and the example talk, beginning with the player and never twice the same speaker."""
    said = list(_said(cards, names))
    if not said or said[0][0] is Speaker.DM:
        yield Speaker.USER, _(OPENING)
    last: tuple[Speaker, str] | None = None
    for speaker, text in said:
        if last is not None and last[0] is speaker:
            last = (speaker, f"{last[1]}\n\n{text}")
            continue
        if last is not None:
            yield last
        last = (speaker, text)
    if last is not None:
        yield last
    if last is None or last[0] is Speaker.USER:
        yield Speaker.DM, _("You let your eyes wander.")


def _said(cards: Sequence[Card], names: Mapping[str, str]) -> Iterator[tuple[Speaker, str]]:
    for card in cards[:1]:
        if greeting := plain_text(card.text("first_mes"), _named(card, names)):
            yield Speaker.DM, greeting
    for card in cards:
        known = _named(card, names)
        for talk in _START.split(card.text("mes_example")):
            yield from _talk(talk, known)


def _talk(talk: str, names: Mapping[str, str]) -> Iterator[tuple[Speaker, str]]:
    """The lines of one example: `{{user}}: …` and `{{char}}: …`, each up to the next such line."""
    speakers = {"{{user}}": Speaker.USER, "{{char}}": Speaker.DM, "<user>": Speaker.USER, "<bot>": Speaker.DM}
    speakers |= {names["user"].lower(): Speaker.USER, names["char"].lower(): Speaker.DM}
    speaker: Speaker | None = None
    lines: list[str] = []
    for line in [*talk.splitlines(), "{{char}}:"]:
        head, colon, rest = line.partition(":")
        meant = speakers.get(head.strip().lower()) if colon else None
        if meant is None:
            lines.append(line)
            continue
        if speaker is not None and (text := plain_text("\n".join(lines), names)):
            yield speaker, text
        speaker, lines = meant, [rest]


def _numbered(turns: Iterator[tuple[Speaker, str]]) -> list[Turn]:
    return [Turn(index, speaker, text, 1, _NOWHERE, _NOWHERE) for index, (speaker, text) in enumerate(turns)]
