"""Owns the checks of family P: the party's sheets."""

import json
import re
from collections.abc import Iterator

from studio.errors import did_you_mean
from studio.language import N_, _
from studio.lint.diagnostics import Finding, Fix, Reach, Reading, Rule, Severity, quoted
from studio.lint.structure import reported
from studio.scenario import Edit, ProblemKind, Span
from studio.scenario.fields import write_value
from studio.scenario.model import Character, plain_name
from studio.scenario.sheet import FIELDS, WRITTEN

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 '-]*[a-z0-9]")
"""A name that YAML takes as it is."""

_FORMS = {"level": N_("`Level 3`"), "health": N_("`Health: 18/18`"), "experience": N_("`Exp: 750/2700`")}


def _heading(character: Character) -> Span:
    return character.field_spans["name"]


def _no_party(reading: Reading) -> Iterator[Finding]:
    system = reading.scenario.system
    if system is None or not system.content.strip() or reading.party:
        return
    span = system.section_spans.get("party") or Span(system.span.start, system.span.start + len("<SYSTEM>"))
    text = _("The scenario has no party. Write `# Party`, and under it `## Name` and a list for each character.")
    yield Finding(span, text)


def _bad(field: str) -> "_FieldCheck":
    return _FieldCheck(field)


class _FieldCheck:
    """The check that one field of each sheet could be read."""

    def __init__(self, field: str) -> None:
        self._field = field

    def __call__(self, reading: Reading) -> Iterator[Finding]:
        for problem in reading.of(ProblemKind.FIELD_BAD):
            if problem.fields["field"] == self._field:
                text = _("{name}'s {key} “{value}” cannot be read. Write it like {form}.")
                fields = {name: quoted(value) for name, value in problem.fields.items()}
                key, form = WRITTEN[self._field], _(_FORMS[self._field])
                yield Finding(problem.span, text.format(key=key, form=form, **fields))


def _health_above(reading: Reading) -> Iterator[Finding]:
    for character in reading.party:
        if character.health and character.health[0] > character.health[1]:
            span, most = character.field_spans["health"], character.health[1]
            text = _("{name} has more health than the maximum of {most}. Lower the first number, or raise the second.")
            whole = f"{most}/{most}"
            fix = Fix(_("Write {value}").format(value=whole), (Edit(span, whole),))
            yield Finding(span, text.format(name=quoted(character.name), most=most), fix)


def _experience_above(reading: Reading) -> Iterator[Finding]:
    for character in reading.party:
        if character.experience and character.experience[0] >= character.experience[1]:
            text = _("{name} has all the experience that the next level needs. Raise the level, or the second number.")
            yield Finding(character.field_spans["experience"], text.format(name=quoted(character.name)))


def _dead_letter(reading: Reading) -> Iterator[Finding]:
    for character in reading.party:
        if character.health and (character.health[0] < 0 or character.health[1] == 0):
            text = _("{name}'s health should lie between 0 and a maximum of at least 1.")
            yield Finding(character.field_spans["health"], text.format(name=quoted(character.name)))


def _duplicate(reading: Reading) -> Iterator[Finding]:
    seen: set[str] = set()
    for character in reading.party:
        plain = plain_name(character.name)
        if plain in seen:
            text = _("Two characters are called {name}; a call could mean either. Give this one another name.")
            yield Finding(_heading(character), text.format(name=quoted(character.name)))
        seen.add(plain)


def _player_missing(reading: Reading) -> Iterator[Finding]:
    player = reading.scenario.player
    if player is None or not reading.party or plain_name(player) in reading.names:
        return
    _key, span = reading.parsed.front_spans["player"]
    near = did_you_mean(player, reading.near_names)
    if near:
        text = _("The player “{player}” is not in the party. Did you mean {near}?")
        written = near if _PLAIN.fullmatch(near) else json.dumps(near, ensure_ascii=False)
        fix = Fix(_("Write {near}").format(near=near), (Edit(span, written),))
        yield Finding(span, text.format(player=quoted(player), near=quoted(near)), fix)
    else:
        text = _("The player “{player}” is not in the party. Name one of its characters, or add a sheet.")
        yield Finding(span, text.format(player=quoted(player)))


def _near_key(reading: Reading) -> Iterator[Finding]:
    """A key that is a slip of the finger away from one that would be read."""
    for character in reading.party:
        for key in character.other:
            near = did_you_mean(key, WRITTEN.values()) if len(key) <= 20 else None
            if near is None or FIELDS[near.lower()] in character.field_spans or key.lower() in _OTHER_KEYS:
                continue
            span = character.field_spans[f"key.{key}"]
            text = _("“{key}” on {name}'s sheet is kept as it is and not understood. Did you mean “{near}”?")
            fix = Fix(_("Write {near}").format(near=near), (Edit(span, near),))
            yield Finding(span, text.format(key=quoted(key), name=quoted(character.name), near=near), fix)


_OTHER_KEYS = frozenset(("skin", "skull", "wealth", "speed", "speech"))


def _unknown_skill(reading: Reading) -> Iterator[Finding]:
    known = reading.cast.skills
    for character in reading.party:
        for skill in character.skills:
            plain = plain_name(skill)
            if plain in known or reading.cast.saves(plain):
                continue
            span = character.field_spans[f"skills.{skill}"]
            near = did_you_mean(plain, known)
            if near is None:
                text = _("The rules know no skill “{skill}”. Rolls for it work, but nothing else uses it.")
                yield Finding(span, text.format(skill=quoted(skill)))
                continue
            right = _titled(near)
            text = _("The rules know no skill “{skill}”. Did you mean {near}?")
            fix = Fix(_("Write {near}").format(near=right), (Edit(span, right),))
            yield Finding(span, text.format(skill=quoted(skill), near=right), fix)


def _titled(skill: str) -> str:
    """A skill as a sheet writes it: `Sleight of Hand`."""
    return " ".join(word if word in ("of", "the") else word.capitalize() for word in skill.split())


def _no_player(reading: Reading) -> Iterator[Finding]:
    """No front matter names the player and the sheets leave several to choose from, or none."""
    if reading.scenario.player is not None or not reading.party:
        return
    players = [c for c in reading.party if c.kind and "player" in c.kind.lower()]
    if not players:
        text = _("No character is a Player Character. Say who plays: `player: NAME` in the front matter.")
        yield Finding(_heading(reading.party[0]), text)


def _no_health(reading: Reading) -> Iterator[Finding]:
    """A call that takes or gives health which no sheet has; told where it is called, beside what needs the number."""
    bare = {plain_name(one.name): one.name for one in reading.party if "health" not in one.field_spans}
    for call, tool in reading.calls if bare else ():
        name = bare.get(plain_name(call.arguments[0])) if call.arguments and tool else None
        if tool and name is not None and tool.changes == "health":
            text = _(
                "{name} is hurt or healed here and has no health. Add a line such as `- Health: 18/18` to the sheet."
            )
            yield Finding(call.span, text.format(name=quoted(name)))


def _item_twice(reading: Reading) -> Iterator[Finding]:
    for character in reading.party:
        seen: set[str] = set()
        for item in character.inventory:
            plain = plain_name(item.name)
            if plain in seen:
                text = _("{name} carries “{item}” twice. Write it once with a count, such as `{both}`.")
                both = write_value(type(item)(item.name, 2))
                span = character.field_spans["inventory"]
                yield Finding(span, text.format(name=quoted(character.name), item=quoted(item.name), both=quoted(both)))
            seen.add(plain)


_REPORTED = (
    reported("P005", Severity.ERROR, N_("A skill without a modifier"), ProblemKind.SKILL_BAD,
             N_("{name}'s skill “{entry}” has no modifier. Write it like `Stealth +7`.")),
    reported("P011", Severity.ERROR, N_("A field stands twice"), ProblemKind.FIELD_TWICE,
             N_("{name}'s sheet has {key} twice; only the first is read. Delete one.")),
    reported("P013", Severity.HINT, N_("A line of a sheet without a meaning"), ProblemKind.LINE_EXTRA,
             N_("“{line}” on {name}'s sheet is not understood: after kind and class, lines look like `Key: value`.")),
    reported("P014", Severity.ERROR, N_("A skill stands twice"), ProblemKind.SKILL_TWICE,
             N_("{name}'s sheet lists {skill} twice; only the first is read. Delete one.")),
    reported("P016", Severity.ERROR, N_("A count of nothing"), ProblemKind.COUNT_BAD,
             N_("{name}'s “{item}” says that there is none of it. Raise the count, or delete the item.")),
    reported("P017", Severity.ERROR, N_("A character without a name"), ProblemKind.CHARACTER_NAMELESS,
             N_("This character has no name. Write it after the two number signs.")),
    reported("P018", Severity.WARNING, N_("A character outside the party"), ProblemKind.CHARACTER_ELSEWHERE,
             N_("“## {name}” does not stand under # Party, so it is no character. Move it there.")),
)  # fmt: skip
"""The rows whose findings the parser has made already."""


def rules() -> tuple[Rule, ...]:
    """The rows of family P."""
    error, warning, hint = Severity.ERROR, Severity.WARNING, Severity.HINT
    report, head = Reach.REPORT, Reach.HEAD
    return (
        *_REPORTED,
        Rule("P001", warning, N_("No party"), _no_party, head),
        Rule("P002", error, N_("A level that cannot be read"), _bad("level"), report),
        Rule("P003", error, N_("Health that cannot be read"), _bad("health"), report),
        Rule("P004", error, N_("Experience that cannot be read"), _bad("experience"), report),
        Rule("P006", error, N_("More health than the maximum"), _health_above, head),
        Rule("P007", warning, N_("Experience past the next level"), _experience_above, head),
        Rule("P008", error, N_("Health out of its range"), _dead_letter, head),
        Rule("P009", error, N_("Two characters of one name"), _duplicate, head),
        Rule("P010", error, N_("The player is not in the party"), _player_missing, head),
        Rule("P012", warning, N_("A key that is nearly known"), _near_key, head),
        Rule("P015", warning, N_("A skill that the rules do not know"), _unknown_skill, head),
        Rule("P019", hint, N_("Nobody is the player"), _no_player, head),
        Rule("P020", warning, N_("Hurt without health"), _no_health, Reach.TURN),
        Rule("P021", hint, N_("An item stands twice"), _item_twice, head),
    )
