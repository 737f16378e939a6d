"""Owns what one turn or step of a session comes to in the chat: its rows. Knows no Qt, no list and no model."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from studio.language import N_, _
from studio.play.book import Book
from studio.play.events import Applied, Deed, Malformed, Refused
from studio.play.fighting import strikes
from studio.play.records import Node
from studio.play.state import State
from studio.rules import Outcome, Resolution, Rules
from studio.rules.tray import Thrown
from studio.scenario.calls import find_calls
from studio.scenario.results import read_result
from studio.ui.cards.content import Said, Throw, Voice
from studio.ui.play.rows import Remark, Row

_ICONS = {
    "damage": "health", "heal": "health", "give": "bag", "take": "bag", "condition": "shield", "level up": "star",
    "begin combat": "combat", "end combat": "combat", "inventory": "bag", "conditions": "shield", "level": "star",
    "combat": "combat", "health": "health", "experience": "star",
}  # fmt: skip


_STOPS = {
    "length": N_("cut: it reached the most tokens"),
    "context": N_("cut: the context is full"),
    "stopped": N_("stopped by you"),
    "nothing": N_("the narrator said nothing: ask for another reply"),
}
_CALL = re.compile(r"\[[^\[\]\n]+\]")
_FOR, _DC = re.compile(r" for ([^\[\]]+)\]"), re.compile(r" dc ([0-9]{1,3})\b")


def rows_of(node: Node, state: State, session: Book, rules: Rules) -> Iterator[Row]:
    """The rows of a turn or a step: what is said, and what its calls came to.

    What the rules wrote for a step is told by the step, but for its dice; what a blow came to stands after them.
    """
    if not node.is_turn:
        if not _told_by_dice(session, node, state):
            yield from (Row(content, node.id, place) for place, content in enumerate(_step(node, state)))
        return
    content = content_of(node, state.answered, rules)
    step = step_of(session, node)
    if isinstance(content, Said):
        content.calls = (*_chips(node, state, content.text, session, step), *_blows(node, session))
        if node.ruled:
            return
        if node.kind == "DM":
            if step is not None and step.state.act is not None:
                leave_out(content, without_outcome(node.forced, rules))
            _name_voice(content, session)
    elif step is not None and state.answered is None:
        if step.node.kind == "throw":
            return
        content = _asked_throw(content, step, session.scenario.player or "")
    yield Row(content, node.id)
    if step is not None and step.last and node.kind == "TOOLCALL" and _told_by_dice(session, step.node, step.state):
        yield from (Row(one, node.id, place) for place, one in enumerate(_step(step.node, step.state), start=1))
    for number, remark in enumerate(_counted(filter(None, map(remark_of, state.deeds))), start=1):
        yield Row(remark, node.id, place=number)


class Step(NamedTuple):
    """The step that a turn tells of: dice or an act, what it came to, and the call that a result answers.

    `last`: it is the last of its results.
    """

    node: Node
    state: State
    call: str = ""
    last: bool = False


def step_of(session: Book, node: Node) -> Step | None:
    """The step that the rules wrote a turn for, or that it narrates; None for all others."""
    results, at = 0, node.parent
    while at is not None and session.nodes[at].kind == "TOOLCALL":
        results, at = results + 1, session.nodes[at].parent
    above = session.nodes[at] if at is not None else None
    asked = above.text if above is not None and above.ruled else ""
    if above is not None and above.ruled:
        above = session.nodes[above.parent] if above.parent is not None else None
    if above is None or above.is_turn or above.kind == "hand":
        return None
    state = session.state(above.id)
    calls = _CALL.findall(asked or (state.act.asked if state.act is not None else ""))
    call = calls[results] if results < len(calls) else ""
    return Step(above, state, call, last=results + 1 == len(calls))


def _told_by_dice(session: Book, node: Node, state: State) -> bool:
    """Whether what a step came to is told after its dice: of an act, where they stand in the story."""
    if state.act is None or state.act.kind == "begin" or not state.act.lines:
        return False
    return any(
        session.nodes[one].ruled or session.nodes[one].kind == "TOOLCALL" for one in session.tree.children(node.id)
    )


def leave_out(said: Said, sentence: str) -> None:
    """A sentence that the rules put before the narrator's words stands above them already."""
    if said.text.startswith(sentence) and said.text.removeprefix(sentence).strip():
        said.text = said.text.removeprefix(sentence).lstrip()


def without_outcome(opening: str, rules: Rules) -> str:
    """What opens a turn besides the outcome word."""
    for word in (rules.outcomes.success, rules.outcomes.failure):
        opening = opening.strip().removeprefix(word)
    return opening.strip()


def _asked_throw(content: Said | Throw | Remark, step: Step, player: str) -> Said | Throw | Remark:
    """A result with what its call asked: who throws, against which DC, and how it went."""
    if not isinstance(content, Throw):
        return content
    who, dc = _FOR.search(step.call), _DC.search(step.call)
    least = int(dc[1]) if dc is not None else None
    won = Outcome.SUCCESS if least is not None and content.total >= least else Outcome.FAILURE
    actor = who[1] if who is not None else player
    return replace(content, actor=actor, dc=least, outcome=won if least is not None else None)


def _chips(node: Node, state: State, text: str, session: Book, step: Step | None) -> tuple[str, ...]:
    """The calls of a turn that were carried out, by it or by the steps that it tells of."""
    if node.ruled:
        return tuple(found[0] for found in _CALL.finditer(text))
    done = [deed.resolution.call.text for deed in state.deeds if isinstance(deed, Applied)]
    told = [] if step is None else [found[0] for act in _acts_up_to(step, session) for found in _CALL.finditer(act)]
    return tuple(call for call in (*done, *dict.fromkeys(told)) if call in text)


def _acts_up_to(step: Step, session: Book) -> list[str]:
    """What the acts wrote that no narrator's turn stands between: a blow, and the end of the fight that it brought."""
    written: list[str] = []
    at: int | None = step.node.id
    while at is not None:
        node = session.nodes[at]
        if node.is_turn and not node.ruled and node.kind != "TOOLCALL":
            break
        act = session.state(at).act if node.kind == "act" else None
        written.insert(0, act.told if act is not None else "")
        at = node.parent
    return written


def _blows(node: Node, session: Book) -> tuple[str, ...]:
    """The call of a turn that was a blow, which a step beneath it carried out."""
    if not any(session.nodes[one].cause == "call" for one in session.tree.children(node.id)):
        return ()
    calls = find_calls(node.text, session.tools, session.before(node.id).party.names)
    return tuple(
        call.text for call in calls if strikes(call, session.state(node.id).party, session.rules, session.tools)
    )


def _step(node: Node, state: State) -> Iterator[Throw | Remark]:
    """What a step beside the story shows: a throw as its card, an act and a change by hand as what came of it."""
    if state.thrown is not None:
        yield thrown_card(state.thrown, node.asked or {})
        return
    icon = "combat" if node.kind == "act" else _ICONS.get(str((node.asked or {}).get("field", "")), "edit")
    yield Remark(icon, node.text)


def _name_voice(said: Said, session: Book) -> None:
    """A reply that begins with a name of the party's and a colon is said by that one."""
    head, colon, rest = said.text.lstrip().partition(":")
    name = head.strip("*_ ")
    if colon and rest.strip() and name in session.party.names:
        said.name, said.text = name, rest.lstrip("*_ \n")


def content_of(node: Node, resolution: Resolution | None, rules: Rules) -> Said | Throw | Remark:
    """What a turn itself is in the chat: a bubble, a roll's card, or a line."""
    if node.kind == "User":
        return Said(Voice.PLAYER, node.text, name=node.speaker)
    if node.kind == "DM":
        said = Said(Voice.NARRATOR, name=node.speaker)
        put_words(said, node.text, rules)
        said.text = said.text.strip()
        return said
    throw = throw_of(resolution) if resolution is not None else written_throw(node.text)
    return throw if throw is not None else Remark("dice", node.text)


def put_words(said: Said, text: str, rules: Rules) -> None:
    """More words of a bubble; the outcome that the rules opened it with becomes its badge."""
    said.text += text
    for outcome, word in ((Outcome.SUCCESS, rules.outcomes.success), (Outcome.FAILURE, rules.outcomes.failure)):
        if said.outcome is None and said.text.lstrip().startswith(word):
            said.outcome, said.text = outcome, said.text.lstrip().removeprefix(word)


def remark_of(deed: Deed) -> Remark | None:
    """The line that tells what came of a call; a roll has its card instead."""
    match deed:
        case Applied(resolution) if resolution.line is None:
            changed = resolution.changes[0].field if resolution.changes else resolution.call.name
            return Remark(_ICONS.get(resolution.call.name, _ICONS.get(changed, "tool")), resolution.sentence)
        case Refused(call, reason):
            return Remark("warning", _("{call} stays text: {reason}.").format(call=call.text, reason=reason))
        case Malformed(call, reason):
            text = _("{call} is malformed and stays text: {reason}.")
            return Remark("warning", text.format(call=call.text, reason=reason))
        case _:
            return None


def _counted(remarks: Iterable[Remark | None]) -> list[Remark]:
    """The same remark several times in a row is one that counts them."""
    found: list[Remark] = []
    for remark in remarks:
        if remark is None:
            continue
        if found and (found[-1].kind, found[-1].text) == (remark.kind, remark.text):
            found[-1].times += 1
        else:
            found.append(remark)
    return found


def notes_of(session: Book, node: Node) -> tuple[str, ...]:
    """What became of a turn, in words that stand beneath it."""
    found = [_(_STOPS[node.stop])] if node.stop in _STOPS else []
    if node.id in session.tree.earlier:
        found.append(_("edited"))
    if node.id in session.tree.corrections:
        found.append(_("corrected"))
    return tuple(found)


def throw_of(resolution: Resolution) -> Throw | None:
    """A roll as its card shows it; None for a result that was written in no known form."""
    rolled, told = resolution.rolled, read_result(resolution.line or "")
    if rolled is None or told is None:
        return None
    total = told.total
    return Throw(
        skill=_capital(resolution.call.arguments[0]),
        actor=resolution.actor or "",
        faces=tuple((die.face, die.kept) for die in rolled.dice),
        parts=((total - rolled.natural, "skill"),),
        total=total,
        dc=resolution.dc,
        outcome=resolution.outcome,
        advantage=resolution.call.advantage,
    )


def written_throw(text: str) -> Throw | None:
    """A result as its card shows it, where only its line is known."""
    told = read_result(text)
    if told is None:
        return None
    return Throw(_capital(told.skill), "", ((told.natural, True),), told.parts, told.total)


def thrown_card(thrown: Thrown, asked: Mapping[str, object]) -> Throw:
    """What was thrown by hand as its card."""
    what = str(asked.get("skill") or asked.get("expression") or "")
    return Throw(
        skill=_capital(what) if asked.get("skill") else what,
        actor=str(asked.get("who") or ""),
        faces=tuple((die.face, die.kept) for die in thrown.rolled.dice),
        parts=((thrown.total - thrown.rolled.natural, "skill"),),
        total=thrown.total,
        dc=thrown.dc,
        outcome=thrown.outcome,
        advantage=str(asked.get("advantage") or "") or None,
    )


def _capital(skill: str) -> str:
    return skill.replace("_", " ").strip().capitalize()
