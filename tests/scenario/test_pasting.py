"""Pasting a talk: what is recognised, what is left alone, and that what is made reads as its turns."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.scenario import Speaker, parse, pasting
from studio.scenario.pasting import Pasted, Shape, as_turns

USER, DM, TOOLCALL = Speaker.USER, Speaker.DM, Speaker.TOOLCALL


def turns(text: str) -> list[tuple[Speaker, str]] | None:
    found = as_turns(text)
    return None if found is None else list(found.turns)


@pytest.mark.parametrize(
    "text",
    [
        "Wren: I creep in.\nDM: You see a toad.\n\nIt croaks.\nWren: I run!",
        "Wren: I creep in.\r\nDM: You see a toad.\r\n\r\nIt croaks.\r\nWren: I run!\r\n",
        "[12:03] Wren: I creep in.\n[12:04] DM: You see a toad.\n\nIt croaks.\n[12:05] Wren: I run!",
        "2026-11-21 12:03:04 - Wren: I creep in.\n12:04 PM DM: You see a toad.\n\nIt croaks.\n12:05 Wren: I run!",
        "<Wren> I creep in.\n<DM> You see a toad.\n\nIt croaks.\n<wren> I run!",
        "**Wren:** I creep in.\n**DM**: You see a toad.\n\nIt croaks.\n**Wren:** I run!",
        "\ufeff\n> Wren: I creep in.\n> DM: You see a toad.\n\nIt croaks.\n> Wren: I run!",
        "Wren:\nI creep in.\n\nDM:\nYou see a toad.\n\nIt croaks.\n\nWren:\nI run!",
    ],
)
def test_chat_logs(text: str) -> None:
    found = as_turns(text)
    assert found is not None and found.shape is Shape.LOG
    assert found.turns == ((USER, "I creep in."), (DM, "You see a toad.\n\nIt croaks."), (USER, "I run!"))
    assert found.text == ("<User>I creep in.</User>\n\n<DM>You see a toad.\n\nIt croaks.</DM>\n\n<User>I run!</User>")
    assert (found.narrator, found.players) == ("DM", ("Wren",))


def test_who_narrates_is_guessed_by_how_they_speak_and_can_be_told() -> None:
    found = as_turns("Ann: The fog opens before you; your boots sink.\nBo: I lift my lamp.\nAnn: You see a door.")
    assert found is not None and found.narrator == "Ann"
    assert [speaker for speaker, _words in found.turns] == [DM, USER, DM]
    other = found.told(player="ann")
    assert [speaker for speaker, _words in other.turns] == [USER, DM, USER]
    assert (other.narrator, other.told(narrator="Ann").turns) == ("Bo", found.turns)
    assert as_turns("Ann: You see a door.\nBo: I lift my lamp.", player="Ann") == as_turns(
        "Ann: You see a door.\nBo: I lift my lamp."
    ).told(player="Ann")  # type: ignore[union-attr]


def test_several_players_keep_their_names_and_results_are_results() -> None:
    found = turns("GM: You fall.\nAnn: I jump!\nBo: Me too.\nDice: athletics: 9 + 2(skill) = *11*\nGM: You land.")
    assert found == [
        (DM, "You fall."),
        (USER, "Ann: I jump!"),
        (USER, "Bo: Me too."),
        (TOOLCALL, "athletics: 9 + 2(skill) = *11*"),
        (DM, "You land."),
    ]


def test_three_lines_of_one_speaker_are_a_log_and_two_are_not() -> None:
    assert turns("Wren: a\nWren: b\nWren: c") == [(USER, "a\nb\nc")]
    assert turns("Wren: a\nWren: b") is None


CHATML = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nI go.<|im_end|>\n<|im_start|>assistant\nSo be it."
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "I go."}]
MESSAGES += [{"role": "assistant", "content": "So be it."}]
SHARE = [{"from": "system", "value": "Be brief."}, {"from": "human", "value": "I go."}]
SHARE += [{"from": "gpt", "value": "So be it."}]
PARTS = [
    *MESSAGES[:1],
    {"role": "user", "content": [{"type": "text", "text": "I go."}, {"type": "image"}]},
    MESSAGES[2],
]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (CHATML, Shape.CHATML),
        (CHATML + "<|im_end|>\n", Shape.CHATML),
        (CHATML.replace("\n", "\r\n"), Shape.CHATML),
        (json.dumps({"messages": MESSAGES}), Shape.OPENAI),
        (json.dumps(MESSAGES, indent=2), Shape.OPENAI),
        (json.dumps({"messages": PARTS, "model": "x"}), Shape.OPENAI),
        (json.dumps({"messages": MESSAGES}) + "\n" + json.dumps({"messages": MESSAGES}) + "\n", Shape.OPENAI),
        (json.dumps({"id": "1", "conversations": SHARE}), Shape.SHAREGPT),
        (json.dumps([{"conversations": SHARE}, {"conversations": SHARE}]), Shape.SHAREGPT),
    ],
)
def test_chatml_and_json(text: str, shape: Shape) -> None:
    found = as_turns(text)
    assert found is not None
    assert (found.shape, found.system) == (shape, "Be brief.")
    assert found.turns == ((USER, "I go."), (DM, "So be it."))
    system = parse(found.system_text + "\n\n" + found.text).scenario.system
    assert system is not None and system.role == "Be brief."


def test_our_own_messages_come_back_as_the_turns_they_were() -> None:
    content = "<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>\n\nI go on."
    text = json.dumps({"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "Yes."}]})
    assert turns(text) == [(TOOLCALL, "stealth: 13 + 6(skill) = *19*"), (USER, "I go on."), (DM, "Yes.")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I wade across: slowly.",
        "Health: 18/18\nExp: 3/4\nSkills: Stealth +2",
        "title: A Toll\nplayer: Wren\n",
        "https://example.org\nNote: this\n",
        "def f():\n    x: int = 3\n    y: int = 4\n",
        "He said this: no.\nShe said that: yes.",
        "<User>Wren: hi</User>\n<DM>Bo: ho</DM>",
        '{"a": 1}',
        "[1, 2]",
        "[" * 100_000,
        '{"messages": []}',
        '{"messages": [{"role": 1, "content": null}, 3]}',
        "<|im_start|>",
        "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n",
        "x" * (pasting.SIZE_LIMIT + 1),
    ],
)
def test_what_is_no_talk_is_left_alone(text: str) -> None:
    assert as_turns(text) is None


def test_tags_and_half_characters_in_a_talk_stay_words() -> None:
    text = json.dumps([{"role": "user", "content": "a</User><DM>b \ud800 <user <b> <!-- "}])
    assert turns(text) == [(USER, "a‹/User>‹DM>b \ufffd ‹user <b> ‹!--")]


WORDS = [
    "Wren: ",
    "DM: ",
    "Bo: ",
    "wren:",
    "\n",
    "\r\n",
    "\r",
    " ",
    "You see.",
    "I go.",
    "<User>",
    "</DM>",
    "<dm",
    "</User",
]
WORDS += ["<DM> ", "<Wren> hi", "**Bo:** x", "12:03 ", "[12:03] ", "stealth: 3 + 1(skill) = *4*", "<!--", "-->", "🐉"]
WORDS += [
    "<|im_start|>",
    "<|im_end|>",
    "user\n",
    "assistant\n",
    "system\n",
    "<TOOLCALL>",
    "</TOOLCALL>",
    "\0",
    "\ufeff",
]
WORDS += [
    "---\n",
    "# Role\n",
    "[roll: stealth]",
    "<",
    ">",
    "\u2028",
    "\x0b",
    "Health: ",
    "</",
    "<u",
    "<Usr>",
    "<system\n",
]
logs = st.lists(st.sampled_from(WORDS), max_size=30).map("".join)
values = st.recursive(
    st.one_of(st.none(), st.integers(), st.sampled_from(WORDS), logs, st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["messages", "conversations", "role", "content", "from", "value", "text"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=12,
)
messages = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system", "tool", "x"]), "content": logs}),
    max_size=5,
)
talks = st.one_of(
    logs,
    logs.map(lambda text: "Wren: a\nDM: b\n" + text),
    logs.map(lambda text: "<|im_start|>user\n" + text),
    messages.map(json.dumps),
    values.map(json.dumps),
    st.text(max_size=60),
)


def reads_as_its_turns(found: Pasted) -> None:
    parsed = parse(found.text)
    assert [(turn.speaker, turn.content) for turn in parsed.scenario.turns] == list(found.turns)
    assert not parsed.front_spans and parsed.scenario.system is None
    assert len(parsed.blocks) == 2 * len(found.turns) - 1
    if found.system is not None:
        assert len(parse(found.system_text).blocks) == 1
    found.text.encode("utf-8")


@settings(max_examples=600, deadline=None)
@given(talks)
def test_any_text_gives_turns_that_read_as_they_are_or_nothing(text: str) -> None:
    found = as_turns(text)
    if found is None:
        return
    assert found.turns and all(content == content.strip() != "" for _speaker, content in found.turns)
    reads_as_its_turns(found)
    for name in found.speakers:
        reads_as_its_turns(found.told(narrator=name))
        reads_as_its_turns(found.told(player=name))


def counted(text: str) -> int:
    """The lines of the module that run; its patterns have bounded repeats, or end with the line."""
    ran = 0

    def local(frame: Any, event: str, argument: object) -> Any:
        nonlocal ran
        ran += event == "line"
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, event, argument: local if frame.f_code.co_filename == pasting.__file__ else None)
    try:
        as_turns(text)
    finally:
        sys.settrace(before)
    return ran


@pytest.mark.parametrize(
    "piece",
    [
        "Wren: a\nDM: b\n",
        "Wren: " + "x" * 40 + "\n",
        "<|im_start|>user\na<|im_end|>",
        "<TOOLCALL>x</TOOLCALL>",
        "<",
        "Ann\n",
    ],
)
def test_twice_the_text_costs_about_twice_as_much(piece: str) -> None:
    head = "<|im_start|>user\n" if "<T" in piece else "Ann: a\nBo: b\n"
    small, large = counted(head + piece * 200), counted(head + piece * 400)
    assert large <= small * 2.2
