"""Owns what happens in an example, as facts by name: which tools, skills and DCs, how checks went, who plays.

The names are those of `Row.facts`. Values are in the form in which names are compared (lower case, single spaces), once
for every time that it happens, in order. Knows no source and counts nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from studio.chat.messages import ASSISTANT, USER, Message
from studio.rules import Rules
from studio.rules.resolve import judge
from studio.scenario import Character, Scenario, ToolCall, ToolTable, find_calls
from studio.scenario.model import plain_name
from studio.scenario.results import read_result

Facts = dict[str, tuple[str, ...]]
"""Values by name; a name without values is left out."""

NAMES = ("type", "tool", "skill", "dc", "outcome", "class", "level", "game")
_ANSWER = "<TOOLCALL>"


def facts_of(
    scenario: Scenario, rules: Rules, tools: ToolTable | None = None, turns: tuple[int, int] | None = None
) -> Facts:
    """The facts of a scenario, or of its turns from the first to before the last where it was cut."""
    first, last = turns if turns is not None else (0, len(scenario.turns))
    calls = [(call, call.result) for turn in scenario.turns if first <= turn.index < last for call in turn.tool_calls]
    players = players_of(scenario)
    return _filled(
        {
            "type": [scenario.scenario_type or ""],
            **_told(calls, rules, tools if tools is not None else ToolTable.shipped()),
            "class": [one.class_name or "" for one in players],
            "level": ["" if one.level is None else str(one.level) for one in players],
        }
    )


def facts_in(messages: Sequence[Message], rules: Rules, tools: ToolTable | None = None) -> Facts:
    """What can be known of a talk that is no scenario: the calls in what is trained, and how their checks went."""
    table = tools if tools is not None else ToolTable.shipped()
    calls: list[tuple[ToolCall, str | None]] = []
    for place, message in enumerate(messages):
        if message.role == ASSISTANT and message.trained:
            after = messages[place + 1] if place + 1 < len(messages) else None
            results = _results(after)
            for call in find_calls(message.content, table, ()):
                tool = table.get(call.name)
                calls.append((call, next(results, None) if tool is not None and tool.result else None))
    return _filled(_told(calls, rules, table))


def players_of(scenario: Scenario) -> tuple[Character, ...]:
    """Who is played: the characters called so on their sheets, else the one that the front matter names."""
    party = scenario.system.party if scenario.system is not None else ()
    called = tuple(one for one in party if one.kind is not None and plain_name(one.kind).startswith("player"))
    if called or scenario.player is None:
        return called
    wanted = plain_name(scenario.player)
    return tuple(one for one in party if plain_name(one.name) == wanted)


def _results(after: Message | None) -> Iterator[str]:
    """The results at the head of the message after a call."""
    rest = after.content if after is not None and after.role == USER else ""
    while rest.startswith(_ANSWER):
        line, _closed, rest = rest.removeprefix(_ANSWER).partition(f"</{_ANSWER[1:]}")
        rest = rest.lstrip()
        yield line


def _told(calls: Iterable[tuple[ToolCall, str | None]], rules: Rules, table: ToolTable) -> dict[str, list[str]]:
    """What calls with their results tell. A roll that has no DC has no outcome either."""
    facts: dict[str, list[str]] = {"tool": [], "skill": [], "dc": [], "outcome": []}
    uncontested = {plain_name(name) for name in rules.uncontested}
    for call, result in calls:
        tool = table.get(call.name)
        facts["tool"].append(plain_name(call.name))
        if tool is None or tool.arguments[:1] != ("skill",) or not call.arguments:
            continue
        skill = plain_name(call.arguments[0])
        facts["skill"].append(skill)
        if skill not in uncontested:
            facts["dc"].append(str(call.dc if call.dc is not None else rules.default_dc))
            line = read_result(result) if result is not None else None
            outcome = judge(skill, line.total, call.dc, rules) if line is not None else None
            facts["outcome"].append(outcome.value if outcome is not None else "")
    return facts


def _filled(facts: Mapping[str, Iterable[str]]) -> Facts:
    found = {name: tuple(plain for value in values if (plain := plain_name(value))) for name, values in facts.items()}
    return {name: values for name, values in found.items() if values}
