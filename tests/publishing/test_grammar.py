"""The tools in other notations: every shipped example fits grammar and schema, and nothing that is no call does."""

import re

import jsonschema
import pytest

from studio.inference.tool_grammar import grammar
from studio.publishing.grammar import as_object, schemas
from studio.scenario.calls import find_calls
from studio.scenario.tools import ToolTable
from studio.scenario.vocabulary import Vocabulary

TABLE, WORDS = ToolTable.shipped(), Vocabulary.shipped()
NAMES = ("Wren", "Bog Brigand", 'Jo "the Eel"')


def pattern(text: str) -> re.Pattern[str]:
    """This grammar as a regular expression: it calls no rule from within itself."""
    rules = dict(line.split(" ::= ", 1) for line in text.splitlines() if " ::= " in line and line[0] != "#")

    def expression(body: str) -> str:
        token = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[a-z][a-z0-9-]*|[()|?*+]|\{[0-9,]+\}|\s+')
        parts = []
        for found in token.finditer(body):
            part = found[0]
            if part[0] == '"':
                plain = re.sub(r"\\(.)", r"\1", part[1:-1])
                parts.append(f"(?:{re.escape(plain)})")
            elif part[0].isalpha():
                parts.append(f"(?:{expression(rules[part])})")
            else:
                parts.append(part.replace("(", "(?:") if part == "(" else part.strip())
        return "".join(parts)

    return re.compile(expression(rules["root"]) + r"\Z", re.DOTALL)


@pytest.fixture(scope="module")
def free() -> re.Pattern[str]:
    return pattern(grammar(TABLE, WORDS))


@pytest.fixture(scope="module")
def named() -> re.Pattern[str]:
    return pattern(grammar(TABLE, WORDS, NAMES))


@pytest.mark.parametrize("tool", TABLE.tools.values(), ids=lambda tool: tool.name)
def test_every_example_fits_grammar_and_schema(tool, free: re.Pattern[str]) -> None:
    assert free.match(f"The lamp swings.\n\n{tool.example}")
    (call,) = find_calls(tool.example, TABLE, NAMES)
    row = next(row for row in schemas(TABLE, WORDS) if row["name"] == tool.name)
    jsonschema.Draft202012Validator.check_schema(row["parameters"])
    jsonschema.validate(as_object(call, TABLE)["arguments"], row["parameters"])


@pytest.mark.parametrize(
    "text",
    [
        "[roll: juggling]",
        "[roll stealth]",
        "[damage: Wren]",
        "[damage: Wren many]",
        "[dance: Wren]",
        "[roll: stealth",
        "stealth]",
        "[condition: Wren sleepy]",
    ],
)
def test_what_is_no_call_does_not_fit(text: str, free: re.Pattern[str], named: re.Pattern[str]) -> None:
    assert not free.match(text)
    assert not named.match(text)


def test_only_the_characters_that_are_there_can_be_named(free: re.Pattern[str], named: re.Pattern[str]) -> None:
    assert named.match('[damage: Bog Brigand 6] [heal: Jo "the Eel" 2]')
    assert free.match("[damage: Nobody 6]")
    assert not named.match("[damage: Nobody 6]")


def test_options_become_arguments() -> None:
    (call,) = find_calls("[roll: sleight_of_hand dc 12 adv for Wren]", TABLE, NAMES)
    assert as_object(call, TABLE) == {
        "name": "roll",
        "arguments": {"skill": "sleight_of_hand", "dc": 12, "advantage": "adv", "actor": "Wren"},
    }
    (ended,) = find_calls("[condition: Wren prone off]", TABLE, NAMES)
    assert as_object(ended, TABLE)["arguments"] == {"target": "Wren", "condition": "prone", "off": True}
    (bought,) = find_calls("[take: Wren silver x3]", TABLE, NAMES)
    assert as_object(bought, TABLE)["arguments"] == {"target": "Wren", "item": "silver", "count": 3}
