"""The scenario language: text to values with spans, and back."""

from studio.scenario.blocks import Block, BlockKind
from studio.scenario.calls import find_calls, normalise, write_call
from studio.scenario.lines import Lines
from studio.scenario.model import (
    Character,
    Item,
    Scenario,
    Span,
    Speaker,
    SystemContext,
    ToolCall,
    Turn,
)
from studio.scenario.parser import Parsed, load, parse
from studio.scenario.problems import Edit, Problem, ProblemKind
from studio.scenario.tools import Tool, ToolTable
from studio.scenario.vocabulary import Vocabulary
from studio.scenario.writer import render, with_field, with_health

__all__ = [
    "Block",
    "BlockKind",
    "Character",
    "Edit",
    "Item",
    "Lines",
    "Parsed",
    "Problem",
    "ProblemKind",
    "Scenario",
    "Span",
    "Speaker",
    "SystemContext",
    "Tool",
    "ToolCall",
    "ToolTable",
    "Turn",
    "Vocabulary",
    "find_calls",
    "load",
    "normalise",
    "parse",
    "render",
    "with_field",
    "with_health",
    "write_call",
]
