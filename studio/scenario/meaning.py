"""Owns what a scenario says, apart from where it says it; knows no way of writing it.

Two texts with the same meaning give the same values, the same comments and the same problems.
"""

from dataclasses import replace

from studio.scenario.blocks import BlockKind
from studio.scenario.model import Character, Span, SystemContext, ToolCall
from studio.scenario.parser import Parsed
from studio.scenario.problems import Problem

_NOWHERE = Span(0, 0)
_SPACE = (BlockKind.BLANK, BlockKind.FRONT)


def meaning(parsed: Parsed) -> tuple[object, ...]:
    """All that a parsed text says but for spans, blank space between blocks, and the raw text of SYSTEM."""
    scenario = parsed.scenario
    turns = tuple((turn.speaker, turn.content, tuple(map(_call, turn.tool_calls))) for turn in scenario.turns)
    blocks = tuple(
        (block.kind, block.name, scenario.text[block.span.start : block.span.end] if _verbatim(block.kind) else "")
        for block in parsed.blocks
        if block.kind not in _SPACE
    )
    problems = tuple(map(_problem, parsed.problems))
    return scenario.metadata, scenario.scenario_type, _system(scenario.system), turns, blocks, problems


def _verbatim(kind: BlockKind) -> bool:
    return kind in (BlockKind.COMMENT, BlockKind.TEXT, BlockKind.UNKNOWN, BlockKind.STRAY)


def _call(call: ToolCall) -> ToolCall:
    return replace(call, span=_NOWHERE)


def _problem(problem: Problem) -> tuple[object, ...]:
    return problem.kind, tuple(sorted(problem.fields.items()))


def _system(system: SystemContext | None) -> object:
    if system is None:
        return None
    sections = tuple(sorted(system.section_spans))
    return system.role, system.world, system.location, sections, tuple(map(_character, system.party))


def _character(character: Character) -> tuple[object, ...]:
    bare = replace(character, span=_NOWHERE, field_spans={})
    return bare, tuple(character.skills), tuple(character.other)
