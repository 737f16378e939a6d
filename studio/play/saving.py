"""Owns a session, or a stretch of it, as a scenario: a text that passes the checks, and what of the play is not in it.

What was done beside the story (a sheet changed by hand) becomes a call of the narrator's where a tool can say it. What
the checks would not let pass is taken out or made plain text, and told. Knows no file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from studio.errors import InputError
from studio.language import N_, _, plural
from studio.lint import Diagnostic, Severity, check
from studio.play.book import Book
from studio.play.corrections import Correction
from studio.play.differing import calls_between
from studio.play.events import Malformed, Refused
from studio.play.records import Node
from studio.play.standing import standing
from studio.play.state import State
from studio.play.story import Story
from studio.rules import Party, Rules
from studio.scenario import parse
from studio.scenario.model import Scenario, Speaker
from studio.scenario.parser import Parsed
from studio.scenario.pasting import cleaned
from studio.scenario.vocabulary import Vocabulary
from studio.scenario.writer import NotWritable

_ROUNDS = 12
Kind = Literal["User", "DM", "TOOLCALL"]


class NothingToSave(InputError):
    """A session or a stretch of it has no turn that a scenario could be made of."""

    sentence = N_("There is nothing here to make a scenario of ({reason}). Play on, or choose other turns.")


class NoSuchTurn(InputError):
    """A turn was named that is not on the branch that is shown."""

    sentence = N_("There is no turn {turn} in what is shown of this session. `lorewright session show` lists them.")


@dataclass(frozen=True, slots=True)
class Saved:
    """The text of a scenario, what of the play is not in it as it was, and how many errors SYSTEM had before.

    `results` is how many of the turns are results of calls.
    """

    text: str
    remarks: tuple[str, ...]
    turns: int
    errors: int = 0
    results: int = 0

    @property
    def counted(self) -> str:
        """How much it holds: the turns of players and narrator, and apart from them the results of calls."""
        said = plural("{count} turn", "{count} turns", self.turns - self.results)
        results = plural("{count} result", "{count} results", self.results)
        return _("{turns} and {results}").format(turns=said, results=results) if self.results else said


@dataclass(slots=True)
class _Written:
    """A turn as it is to be written."""

    kind: Kind
    text: str


@dataclass(slots=True)
class _Draft:
    """What is being made: the sheets at the beginning, the turns so far, and what is told of them."""

    story: Story
    scenario: Scenario
    party: Party
    turns: list[_Written] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    _states: list[State] = field(default_factory=list)

    @property
    def state(self) -> State:
        """What the turns so far come to, as whoever reads the scenario finds it."""
        for number in range(len(self._states), len(self.turns)):
            before = self._states[-1] if self._states else State(self.party)
            self._states.append(self.story.after(before, _node(number + 1, self.turns[number])))
        return self._states[-1] if self._states else State(self.party)

    def add(self, turn: _Written) -> None:
        """One more turn; of two of the narrator's in a row the model sees one, so they are one."""
        last = self.turns[-1] if self.turns else None
        if last is not None and last.kind == turn.kind == "DM" and not self.state.waiting:
            self.lengthen(last, turn.text)
        else:
            self.turns.append(turn)

    def lengthen(self, turn: _Written, more: str) -> None:
        """Puts more behind a turn, one of the last."""
        turn.text = "\n\n".join(filter(None, (turn.text, more)))
        del self._states[next(place for place, one in enumerate(self.turns) if one is turn) :]

    def agree(self, wanted: Party) -> None:
        """Makes the turns come to these sheets: by calls of the last turn of the narrator's, or from the beginning."""
        last = next((turn for turn in reversed(self.turns) if turn.kind == "DM"), None)
        if last is None:
            self.party = replace(wanted, combat=None, initiative={})
            self._states.clear()
            return
        calls, unsaid = calls_between(self.state.party, wanted)
        new = [one for one in unsaid if one not in self.unsaid]
        self.unsaid += new
        self.remarks += [_("Turn {turn}: {what}").format(turn=self.turns.index(last) + 1, what=one) for one in new]
        if calls:
            self.lengthen(last, "\n".join(calls))


def _node(number: int, turn: _Written) -> Node:
    return Node(kind=turn.kind, id=number, parent=number - 1 or None, text=turn.text, told=True)


def as_scenario(
    book: Book,
    first: int | None = None,
    last: int | None = None,
    *,
    title: str = "",
    chosen: str | None = None,
    words: Vocabulary | None = None,
) -> Saved:
    """The turns from `first` to `last` (numbers of nodes; all that is shown when None) on SYSTEM as it stood there.

    `chosen` stands in place of the last turn's text; `words` are those that it is checked by, else those of the rules
    that were played by. Raises NothingToSave, NoSuchTurn or NotWritable.
    """
    if book.scenario.system is None:
        raise NothingToSave(reason=_("its scenario has no SYSTEM"))
    path = book.path()
    start, end = _place(path, first, 0), _place(path, last, len(path) - 1)
    if not path or end < start:
        raise NothingToSave(reason=_("nothing was played in it"))
    begun = _clean_beginning(book, path, start)
    draft = _Draft(book.story, book.scenario, book.before(path[begun].id).party)
    if begun != start:
        told = _("It begins {count} turns earlier, for a roll or a fight's move was under way.")
        draft.remarks.append(told.format(count=start - begun))
    if draft.party.combat is not None:
        if not path[begun].ruled:  # else it begins with it
            draft.remarks.append(_("A fight was on when it begins; who acts when is not written."))
        draft.party = replace(draft.party, combat=None, initiative={})
    for place in range(begun, end + 1):
        _take(draft, book, path, place, chosen if place == end else None, ends=place == end, whole=last is None)
    return _checked(draft, title, words or _words(book.rules))


def _words(rules: Rules) -> Vocabulary:
    """The words of the rules that a session was played by."""
    outcomes = rules.outcomes.success, rules.outcomes.failure
    numbers = rules.die, rules.default_dc
    return Vocabulary(rules.skills, rules.conditions, rules.uncontested, outcomes, *numbers, rules.own_combat)


def of_correction(book: Book, correction: Correction, *, words: Vocabulary | None = None) -> Correction:
    """The correction with the scenario that it comes to: the player's line before it, and the reply as it should be.

    Without one where the reply is not on the branch that is shown, or none can be made that passes the checks.
    """
    path = book.path()
    place = next((place for place, node in enumerate(path) if node.id == correction.turn), None)
    if place is None:
        return correction
    lines = [node.id for node in path[:place] if node.kind == "User"]
    try:
        made = as_scenario(book, lines[-1] if lines else None, correction.turn, chosen=correction.chosen, words=words)
    except (NothingToSave, NotWritable):
        return correction
    return correction if made.errors else correction.model_copy(update={"scenario": made.text})


def _place(path: Sequence[Node], node: int | None, usual: int) -> int:
    if node is None:
        return usual
    found = next((place for place, one in enumerate(path) if one.id == node), None)
    if found is None:
        raise NoSuchTurn(turn=node)
    return found


def _clean_beginning(book: Book, path: Sequence[Node], start: int) -> int:
    """The nearest turn at or before `start` that can open a scenario: nothing is left to answer or to tell there."""
    for place in range(start, 0, -1):
        before = book.before(path[place].id)
        open_ends = before.opening or before.waiting or before.telling
        if path[place].kind == "User" or (path[place].kind == "DM" and not open_ends):
            return place
    return 0


def _take(
    draft: _Draft, book: Book, path: Sequence[Node], place: int, chosen: str | None, *, ends: bool, whole: bool
) -> None:
    """Adds a turn of the play, and lets the sheets agree with what they were after it."""
    node = path[place]
    text = cleaned(chosen if chosen is not None else _plain(draft, book, node))
    if not text:
        draft.remarks.append(_("A turn said nothing and was left out."))
        return
    kind: Kind = "User" if node.kind == "User" else "DM" if node.kind == "DM" else "TOOLCALL"
    if kind == "TOOLCALL" and not draft.state.waiting:
        draft.remarks.append(_("A result that no call asks for was left out: {line}").format(line=text))
    else:
        draft.add(_Written(kind, text))
    if chosen is not None:
        return
    after = book.before(path[place + 1].id) if not ends else book.state() if whole else book.state(node.id)
    telling = after.telling
    if (telling is None or not (telling.lines or telling.told)) and not draft.state.waiting:
        draft.agree(after.party)


def _plain(draft: _Draft, book: Book, node: Node) -> str:
    """A turn's words; calls that came to nothing stand in round brackets, so that nobody learns them."""
    text = node.text
    if node.kind == "DM" and not node.ruled:
        for deed in reversed(book.state(node.id).deeds):
            if isinstance(deed, Refused | Malformed):
                text = _rounded(text, deed.call.span.start, deed.call.span.end)
                told = _("Turn {turn}: {call} came to nothing ({reason}) and stands in round brackets.")
                turn = len(draft.turns) + 1
                draft.remarks.append(told.format(turn=turn, call=deed.call.text, reason=deed.reason.rstrip(".")))
    if node.kind == "DM":
        text = draft.story.unnamed(text, draft.party)
    return f"{node.speaker}: {text}" if node.speaker else text


def _rounded(text: str, start: int, end: int) -> str:
    """The text with the square brackets at these places made round."""
    inner = text[start:end].replace("[", "(").replace("]", ")")
    return text[:start] + inner + text[end:]


# -- checked


def _checked(draft: _Draft, title: str, words: Vocabulary) -> Saved:
    """The text, mended until the checks find no error in its turns."""
    tools, turns = draft.story.tools, draft.turns
    for _round in range(_ROUNDS):
        parsed = parse(_text(draft, turns, title), tools=tools)
        errors = [one for one in check(parsed, words) if one.severity is Severity.ERROR]
        own = [one for one in errors if _turn_at(parsed, one) is None]
        if len(own) == len(errors):
            return _done(draft, parsed, turns, len(own))
        turns = _mended(draft, parsed, turns, errors, cut=_round == _ROUNDS - 2)
    raise NothingToSave(reason=_("the checks find errors in every turn"))


def _done(draft: _Draft, parsed: Parsed, turns: Sequence[_Written], errors: int) -> Saved:
    if not turns:
        raise NothingToSave(reason=_("nothing is left that the checks let pass"))
    remarks = list(dict.fromkeys(draft.remarks))
    if errors:
        told = _("SYSTEM itself has {count} errors, which were there before: `lorewright check` says which.")
        remarks.append(told.format(count=errors))
    results = sum(turn.kind == "TOOLCALL" for turn in turns)
    return Saved(parsed.scenario.text, tuple(remarks), len(turns), errors, results)


def _mended(
    draft: _Draft, parsed: Parsed, turns: list[_Written], errors: Sequence[Diagnostic], *, cut: bool
) -> list[_Written]:
    """The turns without what the checks would not let pass: one error of each turn at a time."""
    found: dict[int, Diagnostic] = {}
    for error in errors:
        place = _turn_at(parsed, error)
        if place is not None:
            found.setdefault(place, error)
    if cut:
        first = min(found)
        told = _("From turn {turn} on it was left out: {message}")
        draft.remarks.append(told.format(turn=first + 1, message=found[first].message))
        return turns[:first]
    return [new for place, turn in enumerate(turns) for new in _mended_turn(draft, parsed, place, turn, found)]


def _mended_turn(
    draft: _Draft, parsed: Parsed, place: int, turn: _Written, found: dict[int, Diagnostic]
) -> Iterator[_Written]:
    error = found.get(place)
    if error is None:
        yield turn
        return
    told = _("Turn {turn}: {message}").format(turn=place + 1, message=error.message)
    if turn.kind == "TOOLCALL":
        draft.remarks.append(_("{what} It was left out.").format(what=told))
        return
    start = parsed.scenario.turns[place].content_span.start
    low, high = max(0, error.span.start - start), min(len(turn.text), error.span.end - start)
    text = _without_outcome(draft, turn.text) if error.code == "R108" else _rounded(turn.text, low, high)
    if text == turn.text:
        text = _rounded(turn.text, 0, len(turn.text))
    if text == turn.text:  # no bracket is to blame
        draft.remarks.append(_("{what} The turn was left out.").format(what=told))
        return
    draft.remarks.append(_("{what} It stands as plain text.").format(what=told))
    yield _Written(turn.kind, text)


def _without_outcome(draft: _Draft, text: str) -> str:
    """A turn without the word for how a check went."""
    words = draft.story.rules.outcomes
    for word in (words.success, words.failure):
        if text.startswith(word):
            return text.removeprefix(word).lstrip() or text
    return text


def _turn_at(parsed: Parsed, error: Diagnostic) -> int | None:
    """The turn that an error is about; None where it is about SYSTEM or what stands before it."""
    turns = parsed.scenario.turns
    at = error.span.start
    found = next((place for place, turn in enumerate(turns) if turn.span.start <= at < turn.span.end), None)
    if found is None and turns and at >= turns[0].span.start:
        return len(turns) - 1
    return found


def _text(draft: _Draft, turns: Sequence[_Written], title: str) -> str:
    scenario = draft.scenario
    assert scenario.system is not None
    head = _front(scenario, title)
    try:
        content = standing(scenario, draft.party)
    except NotWritable as error:
        told = _("The sheets are those of the beginning: {reason}").format(reason=error)
        if told not in draft.remarks:
            draft.remarks.append(told)
        content = scenario.system.content.strip()
    blocks = [f"<{Speaker(turn.kind).value}>{turn.text}</{turn.kind}>" for turn in turns]
    return "\n\n".join([f"{head}<SYSTEM>\n{content}\n</SYSTEM>", *blocks]) + "\n"


def _front(scenario: Scenario, title: str) -> str:
    """What stands before SYSTEM, with another title where one is given."""
    import yaml

    assert scenario.system is not None
    if not title:
        return scenario.text[: scenario.system.span.start]
    values = {**scenario.metadata, "title": title}
    return f"---\n{yaml.safe_dump(values, allow_unicode=True, sort_keys=False)}---\n"
