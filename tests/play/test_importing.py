"""Talks of other programs: what is read of each shape, and what is said of lines that are none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import InputError, LorewrightError
from studio.play.importing import NoSuchTalk, NoTalk, read_talks
from studio.scenario.model import Speaker
from studio.scenario.pasting import Shape

OPENAI = [
    {"role": "system", "content": "You are the DM."},
    {"role": "user", "content": "I sneak."},
    {"role": "assistant", "content": "[roll: stealth]"},
    {"role": "user", "content": "<TOOLCALL>stealth: 4 = *4*</TOOLCALL>"},
    {"role": "assistant", "content": [{"type": "text", "text": "*FAILED* A branch snaps."}]},
]
TOLD = [
    (Speaker.USER, "I sneak."),
    (Speaker.DM, "[roll: stealth]"),
    (Speaker.TOOLCALL, "stealth: 4 = *4*"),
    (Speaker.DM, "*FAILED* A branch snaps."),
]


def written(folder: Path, name: str, *lines: object) -> Path:
    path = folder / name
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("talk.json", [OPENAI]),
        ("talk.json", [{"messages": OPENAI}]),
        ("talks.jsonl", [{"messages": OPENAI}]),
        ("messages.jsonl", OPENAI),
        ("talk.txt", [{"messages": OPENAI}]),
    ],
)
def test_messages_are_read_in_every_wrapping(tmp_path: Path, name: str, lines: list[object]) -> None:
    found = read_talks(written(tmp_path, name, *lines))
    assert found.shape is Shape.OPENAI and found.remarks == ()
    talk = found.talk()
    assert [(one.speaker, one.text) for one in talk.turns] == TOLD
    assert talk.system == "You are the DM."
    assert [turn.content for turn in talk.as_scenario_turns()] == [text for _speaker, text in TOLD]


def test_a_file_of_many_talks_gives_each_and_a_number_past_them_is_told(tmp_path: Path) -> None:
    share = {"conversations": [{"from": "human", "value": "I wait."}, {"from": "gpt", "value": "Night falls."}]}
    path = written(tmp_path, "many.jsonl", share, "{damaged", "", {"other": 1}, {"messages": OPENAI})
    found = read_talks(path)
    assert len(found.talks) == 2
    assert [one.text for one in found.talk(1).turns] == ["I wait.", "Night falls."]
    assert [remark.line for remark in found.remarks] == [2, 4]
    assert str(found.remarks[0]).startswith("Line 2: it is not JSON")
    assert "no list of messages" in str(found.remarks[1])
    with pytest.raises(NoSuchTalk, match="from 1 to 2"):
        found.talk(3)


TAVERN = [
    {"user_name": "Ada", "character_name": "Old Teck", "create_date": "2026", "chat_metadata": {}},
    {"name": "Old Teck", "is_user": False, "mes": "{{user}} stands before {{char}}.", "swipes": ["a", "b"]},
    {"name": "Ada", "is_user": True, "mes": "I nod."},
    {"name": "Note", "is_user": False, "is_system": True, "mes": "hidden"},
    '{"name": "Old Teck", "mes"',
    {"name": "Old Teck", "is_user": False, "mes": 4},
    {"name": "Mara", "is_user": False, "mes": "Welcome."},
]


def test_a_chat_of_sillytavern_is_read_with_who_speaks_and_the_rest_told_by_line(tmp_path: Path) -> None:
    found = read_talks(written(tmp_path, "chat.jsonl", *TAVERN))
    assert found.shape is Shape.SILLYTAVERN
    assert [(one.speaker, one.name, one.text) for one in found.talk().turns] == [
        (Speaker.DM, "Old Teck", "Ada stands before Old Teck."),
        (Speaker.USER, "", "I nod."),
        (Speaker.DM, "Mara", "Welcome."),
    ]
    assert [one.content for one in found.talk().as_scenario_turns()][-1] == "Mara: Welcome."
    assert [remark.line for remark in found.remarks] == [4, 5, 6]


def test_a_log_is_read_behind_lines_that_name_nobody(tmp_path: Path) -> None:
    log = "Exported on Monday\n\nGM: You stand at the weir.\nAnn: I listen.\nand wait\nGM: Nothing stirs.\n"
    found = read_talks(written(tmp_path, "log.txt", log))
    assert [(one.speaker, one.text) for one in found.talk().turns] == [
        (Speaker.DM, "You stand at the weir."),
        (Speaker.USER, "I listen.\nand wait"),
        (Speaker.DM, "Nothing stirs."),
    ]
    assert [str(remark) for remark in found.remarks] == ["Line 1: it names no speaker and was left out."]
    other = read_talks(found.path, narrator="Ann").talk()
    assert other.turns[0].speaker is Speaker.USER and other.narrator == "Ann"


def test_a_log_whose_lines_begin_with_a_time_in_brackets_is_no_json(tmp_path: Path) -> None:
    log = "[2026-01-02 12:00] DM: You stand at a gate.\n[2026-01-02 12:01] Ann: I knock.\n[12:02] DM: Nobody answers.\n"
    found = read_talks(written(tmp_path, "log.txt", log))
    assert [(one.speaker, one.text) for one in found.talk().turns] == [
        (Speaker.DM, "You stand at a gate."),
        (Speaker.USER, "I knock."),
        (Speaker.DM, "Nobody answers."),
    ]


def test_of_chatgpts_export_the_version_that_is_shown_is_read(tmp_path: Path) -> None:
    def node(role: str, text: str | None, parent: str, *children: str) -> dict[str, object]:
        parts = [text] if text is not None else [{"asset": "picture"}]
        message = {"author": {"role": role}, "content": {"content_type": "text", "parts": parts}}
        return {"message": message, "parent": parent, "children": list(children)}

    nodes: dict[str, object] = {
        "root": {"message": None, "parent": None, "children": ["a"]},
        "a": node("user", "I knock.", "root", "b", "c"),
        "b": node("assistant", "Silence.", "a"),
        "c": node("assistant", "A bolt slides.", "a", "d"),
        "d": node("user", None, "c"),
    }
    path = written(tmp_path, "conversations.json", [{"title": "Gate", "mapping": nodes, "current_node": "b"}])
    assert [one.text for one in read_talks(path).talk().turns] == ["I knock.", "Silence."]
    path = written(tmp_path, "last.json", [{"mapping": nodes}])
    assert [one.text for one in read_talks(path).talk().turns] == ["I knock.", "A bolt slides."]
    nodes["root"] = {"message": None, "parent": "b", "children": ["a"]}  # a ring
    path = written(tmp_path, "ring.json", [{"mapping": nodes, "current_node": "b"}])
    assert read_talks(path).talk().turns


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("empty.txt", " \n", "it is empty"),
        ("prose.txt", "It was a dark night.\nThe wind blew.\n", "says who speaks"),
        ("broken.json", '[{"role": "user",\n "content"', "not whole JSON"),
        ("deep.json", "[" * 100_000, "nested too deeply"),
        ("other.jsonl", '{"a": 1}\n{"b": 2}', "no list of messages"),
        ("silent.json", '{"messages": []}', "nobody says anything"),
        ("damaged.jsonl", "{half\n{too", "Line 1: it is not JSON"),
        ("tavern.md", "<SYSTEM>\n# Role\n</SYSTEM>\n\n<DM>The bar is shut.</DM>\n", "it is a scenario"),
        ("session.jsonl", '{"format":2,"scenario":"","model":"","name":"","seed":1}', "session of the studio"),
    ],
)
def test_what_holds_no_talk_is_refused_in_a_sentence(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(NoTalk, match=told):
        read_talks(written(tmp_path, name, text))


def test_what_is_no_text_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"GM: \xff\xfe\n")
    with pytest.raises(InputError, match="UTF-8"):
        read_talks(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["role", "content", "messages", "mes", "from", "value", "is_user"]), inner)
    ),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=4), st.sampled_from(["a.jsonl", "a.json", "a.txt"]))
def test_any_json_gives_talks_or_our_error(tmp_path_factory: pytest.TempPathFactory, values: list[object], name: str):
    path = written(tmp_path_factory.getbasetemp(), name, *values)
    try:
        found = read_talks(path)
    except LorewrightError as error:
        assert str(error)
    else:
        assert all(one.text.strip() for talk in found.talks for one in talk.turns)
