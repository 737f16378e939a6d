"""Owns what a session's header keeps of the game that it is played by, and getting that back."""

import json

from studio.play.records import SessionHeader
from studio.rules import Rules
from studio.rules.recorded import RecordUnreadable, as_json, read, rules_json, rules_of
from studio.scenario.game import Game
from studio.scenario.model import Scenario
from studio.scenario.tools import Tool, ToolTable


def header_of(scenario: Scenario, model: str, name: str, seed: int, rules: Rules, tools: ToolTable) -> SessionHeader:
    """The header of a new session."""
    values = {"scenario": scenario.text, "model": model, "name": name, "seed": seed, "rules": rules_json(rules)}
    values["tools"] = [as_json(tool) for tool in tools.tools.values()]
    return SessionHeader.model_validate_json(json.dumps(values))


def played_by(header: SessionHeader, game: Game) -> tuple[Rules, ToolTable]:
    """The rules and tools that a session is played by; those of `game` where the header says none that can be read."""
    try:
        rules = rules_of(header.rules) if header.rules is not None else Rules.of(game.words)
        tools = _tools(header) if header.tools is not None else game.tools
    except RecordUnreadable:  # of a version with other rules: what stands in the turns is taken as it stands
        return Rules.of(game.words), game.tools
    return rules, tools


def _tools(header: SessionHeader) -> ToolTable:
    found = [read(Tool, values) for values in header.tools or ()]
    return ToolTable({tool.name: tool for tool in found})
