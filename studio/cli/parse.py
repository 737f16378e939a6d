"""`lorewright parse`: one scenario as JSON, in the shape of resources/schemas/parse.schema.json."""

import argparse
import sys
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.own_games import game_for
from studio.files import read_text
from studio.language import _, plural
from studio.lint import Severity, check
from studio.scenario import Character, Scenario, SystemContext, ToolCall, Turn, parse
from studio.workspace.selections import Selections


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `parse`."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_("a scenario"))


def run(args: argparse.Namespace) -> int:
    """Prints the scenario, also where it has errors; then the exit code is 1."""
    text = read_text(args.file)
    game = game_for(args.file, args.workspace)
    parsed = parse(text, path=args.file, tools=game.tools)
    print_json(scenario_json(parsed.scenario, args.file))
    found = check(parsed, game.words, Selections().of(args.file))
    errors = sum(1 for one in found if one.severity is Severity.ERROR)
    if errors:
        said = plural("{count} error in the file", "{count} errors in the file", errors)
        print_line(_("{said}; `lorewright check` says which.").format(said=said), sys.stderr)
    return 1 if errors else 0


def scenario_json(scenario: Scenario, path: Path) -> dict[str, object]:
    """A scenario as plain JSON values; what the file does not say is null or empty."""
    return {
        "path": str(path),
        "scenario_type": scenario.scenario_type,
        "metadata": scenario.metadata,
        "system": _system(scenario.system) if scenario.system else None,
        "turns": [_turn(turn) for turn in scenario.turns],
    }


def _system(system: SystemContext) -> dict[str, object]:
    return {
        "role": system.role,
        "world": system.world,
        "location": system.location,
        "party": [_character(character) for character in system.party],
    }


def _character(character: Character) -> dict[str, object]:
    return {
        "name": character.name,
        "kind": character.kind,
        "class_name": character.class_name,
        "level": character.level,
        "health": list(character.health) if character.health else None,
        "experience": list(character.experience) if character.experience else None,
        "inventory": [{"item": item.name, "count": item.count} for item in character.inventory],
        "spells": list(character.spells),
        "skills": dict(character.skills),
        "other": dict(character.other),
    }


def _turn(turn: Turn) -> dict[str, object]:
    return {
        "index": turn.index,
        "speaker": str(turn.speaker),
        "content": turn.content,
        "line": turn.line,
        "tool_calls": [_call(call) for call in turn.tool_calls],
    }


def _call(call: ToolCall) -> dict[str, object]:
    return {
        "name": call.name,
        "arguments": list(call.arguments),
        "actor": call.actor,
        "dc": call.dc,
        "result": call.result,
    }
