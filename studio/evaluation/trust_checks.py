"""Owns what may be wrong with a narrator's turn in a player's eyes; plays nothing.

What a row of data may not have is found by the audit's own checks. What needs the sheets, the roll and the talk so far
is found here, by the words of `resources/trust.yaml`: what is said otherwise is not seen.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from studio.dataset.audit.limits import Limit, Limits
from studio.dataset.audit.phrases import Words, words_of
from studio.dataset.audit.sight import Sight, Talk, excerpt, plain
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind as RowKind
from studio.evaluation.circles import circle_in
from studio.evaluation.multi_turn import Reply
from studio.evaluation.trust_words import YOU, acting, found, listed, narrated, phrases
from studio.language import _
from studio.lint.telling import AGAINST
from studio.rules import Party
from studio.rules.party import Sheet
from studio.rules.resolve import Outcome

ACTS, ROLL, SHEET, RULES = "acts", "roll", "sheet", "rules"
GENRE, LEAKS, REPEATS, SILENT = "genre", "leaks", "repeats", "silent"
FAMILIES = (ACTS, ROLL, SHEET, RULES, GENRE, LEAKS, REPEATS, SILENT)

AUDITED = {
    "player-line": ACTS, "player-voice": ACTS, "system-echo": LEAKS, "template-token": LEAKS,
    "repeated-lines": REPEATS, "compression": REPEATS, "empty-answer": SILENT, "refusal": SILENT,
}  # fmt: skip
"""The audit's checks that are asked of a turn, and what each is here."""

AGAIN = 0.3
"""The share of a turn's stretches of four words that may have stood in the talk before."""
_FEW_WORDS = 8
_AFTER_ROLL = 60
_ANOTHER_WORLD = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a turn: a family of FAMILIES, and what it is."""

    family: str
    sentence: str


@dataclass(frozen=True)
class Heard:
    """A turn with all that it is held against.

    `before` are the sheets before it, `system` the scenario's, `said` the player's lines so far, `earlier` the
    model's turns before this one. `word` is how the roll before it went, `last` the reply before it in the same
    exchange, `outcomes` are the words that the rules have for how rolls go, `strange` the skills that it rolls and that
    neither they nor a sheet have.
    """

    reply: Reply
    system: str
    said: tuple[str, ...]
    earlier: tuple[str, ...]
    before: Party
    player: str | None
    word: Outcome | None = None
    last: Reply | None = None
    outcomes: tuple[str, ...] = ("*SUCCESS*", "*FAILED*")
    strange: tuple[str, ...] = ()

    @cached_property
    def body(self) -> str:
        """What the model itself wrote, without the word of the rules."""
        return self.reply.text.removeprefix(self.reply.opening).strip()

    @cached_property
    def narrated(self) -> str:
        """What it tells."""
        return narrated(self.body)

    @cached_property
    def known(self) -> str:
        """All that the talk and the sheets have brought up before it, in lower case."""
        items = (item.name for sheet in self.before.sheets for item in sheet.inventory)
        return plain("\n".join((self.system, *self.said, *self.earlier, *items)))

    def named(self, sheet: Sheet) -> Iterator[str]:
        """By which words a character is spoken of."""
        yield sheet.name
        if sheet.name == self.player:
            yield YOU


@cache
def _limits() -> Limits:
    """The audit's limits of the checks that are asked here, whatever rows they are meant for."""
    own = Limits.of(AuditSettings()).by_code
    return Limits({code: Limit(own[code].decision, own[code].limit, frozenset(RowKind)) for code in AUDITED})


def faults(turn: Heard) -> list[Fault]:
    """All that is wrong with a turn, by family."""
    looks = (
        _audited,
        _after_the_roll,
        _made_up,
        _health,
        _things,
        _spells,
        _dead,
        _broken,
        _of_another_time,
        _round,
        _again,
    )
    return [fault for look in looks for fault in look(turn)]


def _audited(turn: Heard) -> Iterator[Fault]:
    if turn.reply.opening and not words_of(turn.body):
        return  # said of the roll that it leaves unanswered
    line = turn.said[-1] if turn.said else ""
    spoken = (("system", turn.system, False), ("user", line, False), ("assistant", turn.body, True))
    for reason in _limits().reasons(Sight(Talk(RowKind.PLAY, spoken))):
        yield Fault(AUDITED[reason.code], reason.sentence)


# -- rolls


def _after_the_roll(turn: Heard) -> Iterator[Fault]:
    """A turn that says nothing of a roll, throws it again, or tells the contrary in its first words."""
    if turn.last is None or not turn.last.results:
        return
    rolled = {call for call in turn.last.got if call[0] == "roll"}
    if not words_of(turn.body):
        yield Fault(ROLL, _("It says nothing of how the roll went."))
    elif rolled & set(turn.reply.got):
        yield Fault(ROLL, _("It throws again what has just been thrown."))
    if turn.word is not None:
        contrary = "after-failure" if turn.word is Outcome.FAILURE else "after-success"
        beginning = " ".join(turn.narrated.split()[:_AFTER_ROLL])
        match = next(found(contrary, beginning), None) or AGAINST[turn.word].search(beginning)
        if match is not None:
            text = _("The roll failed, and it tells of success: “{what}”.")
            if turn.word is Outcome.SUCCESS:
                text = _("The roll succeeded, and it tells of failure: “{what}”.")
            yield Fault(ROLL, text.format(what=excerpt(match.group())))


def _made_up(turn: Heard) -> Iterator[Fault]:
    """A result that nobody rolled; one that was rolled just before may be told."""
    rolled = set(re.findall(r"\d+", " ".join(turn.last.results))) if turn.last is not None else set()
    word = next((word for word in turn.outcomes if word in turn.body), None)
    told = (match for who in (YOU, *turn.before.names) for match in found("made-up-rolls", plain(turn.body), who))
    what = word or next((one.group() for one in told if not rolled or set(re.findall(r"\d+", one[0])) - rolled), None)
    if what is not None:
        yield Fault(ROLL, _("It makes a roll's result up: “{what}”.").format(what=excerpt(what)))


# -- sheets


def _health(turn: Heard) -> Iterator[Fault]:
    for sheet in turn.before.sheets:
        after = turn.reply.party.find(sheet.name) or sheet
        true = {one.health[0] for one in (sheet, after) if one.health is not None}
        for match in (match for who in turn.named(sheet) for match in found("health", turn.narrated, who)):
            if true and int(match["now"]) not in true:
                text = _("{who} has {health} on the sheet; it says “{what}”.")
                health = max(true) if after.health is None else after.health[0]
                yield Fault(SHEET, text.format(who=sheet.name, health=health, what=excerpt(match.group())))


def _things(turn: Heard) -> Iterator[Fault]:
    for match in re.finditer(rf"\byour (?:\w+ )?({'|'.join(listed()['carried'])})\b", turn.narrated):
        if match[1] not in turn.known:
            yield Fault(SHEET, _("Nobody has it on the sheet: “{what}”.").format(what=match.group()))


def _spells(turn: Heard) -> Iterator[Fault]:
    who = "|".join(re.escape(plain(name)) for name in (YOU, *turn.before.names))
    of = "|".join(listed()["spells"])
    for match in re.finditer(rf"\b(?:{who}) (?:\w+ly )?casts? (?:an? |the |your )?({of})\b", turn.narrated):
        if match[1] not in plain(turn.system):
            yield Fault(SHEET, _("The spell stands on no sheet: “{what}”.").format(what=match.group()))


def _dead(turn: Heard) -> Iterator[Fault]:
    dead = [
        sheet.name for sheet in turn.before.sheets
        if sheet.health is not None and sheet.health[0] == 0 and not _healed(turn.reply.party.find(sheet.name))
    ]  # fmt: skip
    match = re.search(acting(dead), turn.narrated) if dead else None
    if match is not None:
        yield Fault(SHEET, _("Somebody without health acts: “{what}”.").format(what=match.group()))


def _healed(sheet: Sheet | None) -> bool:
    return sheet is not None and sheet.health is not None and sheet.health[0] > 0


# -- rules and world


def _broken(turn: Heard) -> Iterator[Fault]:
    for text in turn.reply.malformed:
        yield Fault(RULES, _("A call is none: {what}.").format(what=excerpt(text)))
    for text in turn.reply.refused:
        yield Fault(RULES, _("The rules cannot carry this out: {what}.").format(what=excerpt(text)))
    for skill in turn.strange:
        yield Fault(RULES, _("Neither the rules nor a sheet have this skill: {what}.").format(what=excerpt(skill)))


def _of_another_time(turn: Heard) -> Iterator[Fault]:
    modern = phrases("modern")
    if len({phrase for _at, phrase in modern.among(Words.of(turn.system))}) >= _ANOTHER_WORLD:
        return
    for phrase in dict.fromkeys(phrase for _at, phrase in modern.among(Words.of(turn.body))):
        if not re.search(rf"\b{re.escape(phrase)}\b", turn.known):
            yield Fault(GENRE, _("It is of another time: “{what}”.").format(what=phrase))


# -- the talk so far


def _round(turn: Heard) -> Iterator[Fault]:
    found = circle_in(turn.body)
    if found is not None:
        text = _("It goes round in circles: “{what}” stands in it {count} times.")
        yield Fault(REPEATS, text.format(what=found[0], count=found[1]))


def _again(turn: Heard) -> Iterator[Fault]:
    """A turn that says what stood in the talk before, its own turns or the player's lines."""
    words = words_of(turn.body)
    if len(words) < _FEW_WORDS:
        if words and turn.earlier and words == words_of(turn.earlier[-1]):
            yield Fault(REPEATS, _("It says the very same as in its turn before."))
        return
    own = list(_grams(words))
    before = {gram for text in (*turn.earlier, *turn.said) for gram in _grams(words_of(text))}
    again = [gram for gram in own if gram in before]
    if len(again) / len(own) > AGAIN:
        text = _("{share:.0%} of it stood in the talk before, such as “{what}”.")
        yield Fault(REPEATS, text.format(share=len(again) / len(own), what=" ".join(again[0])))


def _grams(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(words, words[1:], words[2:], words[3:], strict=False)
