"""The usual shapes are recognised, and no tool call, role or answer is lost on the way."""

import json
from typing import Any

import pytest

from studio.dataset.rows import Kind, Place, Row
from studio.dataset.sources.making import Made, Origin, row_of
from studio.dataset.sources.shapes import recognise, shape_of
from studio.dataset.sources.texts import BadRecord
from studio.dataset.sources.written_calls import call_text
from studio.rules import Rules
from studio.scenario.tools import ToolTable

TOOLS = ToolTable.shipped()


def made(record: dict[str, Any], shape: str = "auto", **names: str) -> Made:
    origin = Origin("it", TOOLS, Rules.shipped())
    return row_of(record, shape_of(record, names, shape), Place("it.jsonl"), origin)


def row(record: dict[str, Any], shape: str = "auto", **names: str) -> Row:
    return made(record, shape, **names).row


def said(one: Row) -> list[tuple[str, str, bool]]:
    return [(message.role, message.content, message.trained) for message in one.messages]


def refused(record: dict[str, Any], shape: str = "auto") -> tuple[str, str]:
    with pytest.raises(BadRecord) as caught:
        made(record, shape)
    return str(caught.value.fields["code"]), str(caught.value)


def spoken(*pairs: tuple[str, str], **more: object) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in pairs], **more}


def test_messages_with_tools_keep_every_call_and_result() -> None:
    arguments = json.dumps({"skill": "stealth", "dc": 12, "actor": "Wren"})
    one = row(
        {
            "messages": [
                {"role": "developer", "content": "You narrate."},
                {"role": "user", "content": [{"type": "text", "text": "I sneak"}, {"type": "text", "text": "past."}]},
                {"role": "assistant", "content": None, "tool_calls": [
                    {"id": "1", "type": "function", "function": {"name": "roll", "arguments": arguments}},
                    {"id": "2", "type": "function", "function": {"name": "weather", "arguments": {"in": "Mirewood"}}},
                ]},
                {"role": "tool", "tool_call_id": "1", "content": "STEALTH: 14 + 2 = *16*"},
                {"role": "tool", "tool_call_id": "2", "content": "rain"},
                {"role": "assistant", "content": "You slip by. [damage: Wren 2]"},
            ],
            "tools": [{"name": "weather"}],
        }
    )  # fmt: skip
    assert said(one) == [
        ("system", 'Tools: [{"name": "weather"}]\n\nYou narrate.', False),
        ("user", "I sneak\npast.", False),
        ("assistant", '[roll: stealth dc 12 for Wren]\n[weather: {"in": "Mirewood"}]', True),
        ("user", "<TOOLCALL>STEALTH: 14 + 2 = *16*</TOOLCALL>\n\n<TOOLCALL>rain</TOOLCALL>", False),
        ("assistant", "You slip by. [damage: Wren 2]", True),
    ]
    assert one.calls == 3 and one.kind is Kind.CHAT
    assert set(one.facts["tool"]) == {"roll", "damage", "weather"} and one.facts["dc"] == ("12",)


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("roll", '{"skill": "stealth", "advantage": "advantage"}', "[roll: stealth adv]"),
        ("begin combat", "", "[begin combat]"),
        ("begin_combat", None, "[begin_combat]"),
        ("damage", {"target": "Bog Brigand", "number": 6}, "[damage: Bog Brigand 6]"),
        ("give", {"target": "Wren", "item": "silver", "count": 3}, "[give: Wren silver x3]"),
        ("roll", {"skill": "stealth", "luck": 3}, '[roll: {"skill": "stealth", "luck": 3}]'),
        ("look", "not json", "[look: not json]"),
        ("look", {}, "[look]"),
    ],
)
def test_a_call_is_written_as_the_game_writes_it_or_with_all_that_it_says(
    name: str, arguments: object, text: str
) -> None:
    assert call_text(name, arguments, TOOLS) == text


def test_sharegpt_with_calls_as_turns() -> None:
    one = row(
        {
            "conversations": [
                {"from": "human", "value": "Is it raining?"},
                {"from": "function_call", "value": '{"name": "weather", "arguments": {"in": "Mirewood"}}'},
                {"from": "observation", "value": "rain"},
                {"from": "gpt", "value": "It is."},
            ]
        }
    )
    assert [content for _role, content, trained in said(one) if trained] == ['[weather: {"in": "Mirewood"}]', "It is."]
    assert one.calls == 1


def test_instructions_with_context_history_and_system() -> None:
    one = row({"instruction": "Sum it up.", "input": "A long tale.", "output": "Short.", "system": "Be brief.",
               "history": [["Hello?", "Hi."]]})  # fmt: skip
    assert said(one) == [
        ("system", "Be brief.", False), ("user", "Hello?", False), ("assistant", "Hi.", False),
        ("user", "Sum it up.\n\nA long tale.", False), ("assistant", "Short.", True),
    ]  # fmt: skip
    assert said(row({"instruction": "a", "input": "", "response": 42})) == [
        ("user", "a", False),
        ("assistant", "42", True),
    ]
    assert said(row({"question": "a", "context": None, "answer": "b"})) == [
        ("user", "a", False),
        ("assistant", "b", True),
    ]


def test_prompts_and_completions_as_texts_or_messages() -> None:
    as_texts = row({"prompt": "a", "completion": " b"})
    as_talk = row({"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]})
    assert as_texts.key == as_talk.key and as_texts.kind is Kind.PAIR


def test_preferences_in_all_their_forms_are_one_row() -> None:
    user = {"role": "user", "content": "a"}
    good, bad = {"role": "assistant", "content": "good"}, {"role": "assistant", "content": "bad"}
    forms: list[dict[str, Any]] = [
        {"prompt": "a", "chosen": "good", "rejected": "bad"},
        {"prompt": [user], "chosen": [good], "rejected": [bad]},
        {"chosen": [user, good], "rejected": [user, bad]},
        {"prompt": "a", "chosen": [user, good], "rejected": [user, bad]},
        {"conversations": [{"from": "human", "value": "a"}], "chosen": {"from": "gpt", "value": "good"},
         "rejected": {"from": "gpt", "value": "bad"}},
        {"instruction": "a", "input": "", "chosen": "good", "rejected": "bad"},
    ]  # fmt: skip
    assert {row(form).key for form in forms} == {row(forms[0]).key}
    assert (row(forms[0]).answer, row(forms[0]).rejected) == ("good", "bad")
    other = {"role": "user", "content": "b"}
    assert refused({"chosen": [user, good], "rejected": [other, bad]})[0] == "preference"
    assert refused({"chosen": "Human: a Assistant: good", "rejected": "bad"})[0] == "columns"


def test_what_is_not_to_be_learnt_is_not() -> None:
    record = spoken(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))
    record["messages"][1]["weight"], record["messages"][3]["weight"] = 0, 1
    assert [trained for _role, _content, trained in said(row(record))] == [False, False, False, True]


def test_words_after_the_last_answer_are_left_off_and_counted() -> None:
    found = made(spoken(("user", "a"), ("assistant", "b"), ("user", "thanks")))
    assert found.row.answer == "b" and found.tail == 1


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (spoken(("user", "a")), "no-answer"),
        (spoken(), "messages"),
        ({"messages": "no list"}, "messages"),
        (spoken(("user", "a"), ("asistant", "b")), "role"),
        ({"messages": [{"role": "user"}, {"role": "assistant", "content": "b"}]}, "content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}, {"role": "assistant", "content": "b"}]},
         "no-text"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"function": {}}]}]},
         "tool-call"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]},
         "no-answer"),
        ({"messages": [{"role": "user", "content": "a", "tool_calls": [{"function": {"name": "roll"}}]},
                       {"role": "assistant", "content": "b"}]}, "tool-call"),
        ({"prompt": "a", "completion": "b", "tool_calls": [{"function": {"name": "roll"}}]}, "tool-call"),
        ({"prompt": "a", "completion": {"b": 1}}, "role"),
        ({"prompt": "a", "completion": ["b", {"c": 1}]}, "no-text"),
        ({"text": "only text"}, "columns"),
        ({"instruction": "a", "output": None}, "columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_whole_is_refused_with_a_reason(record: dict[str, Any], code: str) -> None:
    found, sentence = refused(record)
    assert found == code and sentence.endswith((".", "?"))


def test_what_a_file_is_is_said_in_a_sentence() -> None:
    alpaca = {"instruction": "a", "input": "", "output": "b", "category": "x"}
    found = recognise([alpaca, alpaca, spoken(("user", "a"), ("assistant", "b")), {"text": "c"}])
    assert found.shape == "instruction" and found.counts == {"instruction": 2, "messages": 1}
    assert found.sentence == (
        "A mixture: 2 × instructions and responses (Alpaca), 1 × talks as `messages` (`instruction`: the prompt, "
        "`input`: what the prompt is about, `output`: the answer). Not used: `category`."
    )
    assert refused({"question": "a"}, "prompt-completion")[1] == (
        "It has the columns `question`, and prompts and completions need `prompt` + `completion`. Name them under "
        "`columns` if they differ."
    )
