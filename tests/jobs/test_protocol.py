import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.jobs import protocol
from studio.jobs.errors import ProtocolBroken, WorkerDied
from studio.jobs.protocol import Conversation, Event, decode, encode

HELLO = encode({"event": "hello", "protocol": protocol.VERSION, "pid": 7})

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def opened(*names: str) -> Conversation:
    conversation = Conversation("toy")
    list(conversation.feed(HELLO))
    for name in names:
        conversation.request(name)
    return conversation


@given(plain)
def test_what_is_encoded_is_read_back_the_same(value):
    line = encode({"value": value})
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line) == {"value": value}


@given(st.binary(max_size=20))
def test_a_path_that_is_not_utf8_survives(name):
    path = name.decode("utf-8", "surrogateescape")
    assert decode(encode({"path": path})) == {"path": path}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_become_null(value):
    assert json.loads(encode({"loss": value, "deep": [{"x": (value,)}]})) == {"loss": None, "deep": [{"x": [None]}]}


@settings(max_examples=200)
@given(st.data())
def test_events_are_the_same_however_the_bytes_are_split(data):
    texts = data.draw(st.lists(st.text(max_size=20), min_size=1, max_size=6))
    stream = HELLO + b"".join(encode({"event": "token", "id": 1, "text": text}) for text in texts)
    stream += encode({"event": "done", "id": 1})
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    conversation = Conversation("toy")
    conversation.request("generate")
    events = [event for piece in pieces for event in conversation.feed(piece)]
    assert [event.name for event in events] == ["hello", *["token"] * len(texts), "done"]
    assert [event.fields["text"] for event in events[1:-1]] == texts
    assert not conversation.open_requests


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_a_broken_protocol(data):
    conversation = opened("generate")
    try:
        for event in conversation.feed(data):
            assert event.request == 1
    except ProtocolBroken as error:
        assert error.fields["worker"] == "toy"


@pytest.mark.parametrize(
    "line",
    [
        b"Loading weights: 100%",
        b"[]",
        b"17",
        b'"done"',
        b"{}",
        b'{"event": 3, "id": 1}',
        b'{"event": "done"}',
        b'{"event": "done", "id": 2}',
        b'{"event": "done", "id": "1"}',
        b'{"event": "done", "id": true}',
        b'{"event": "step", "id": 1, "loss": NaN}',
        b'{"event": "done", "id": 1, "text": "\xff"}',
        '{"event": "done", "id": 1}'.encode("utf-16"),
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"event": "hello", "protocol": 1, "pid": 8}',
    ],
    ids=lambda line: repr(line[:30]),
)
def test_what_the_protocol_does_not_allow_breaks_it(line):
    with pytest.raises(ProtocolBroken):
        list(opened("generate").feed(line + b"\n"))


@pytest.mark.parametrize(
    "hello",
    [
        b'{"event": "done", "id": 1}',
        b'{"event": "hello", "protocol": 2, "pid": 1}',
        b'{"event": "hello", "protocol": 1}',
        b'{"event": "hello", "protocol": 1, "pid": "1"}',
    ],
)
def test_it_begins_with_hello_in_our_version(hello):
    conversation = Conversation("toy")
    conversation.request("generate")
    with pytest.raises(ProtocolBroken):
        list(conversation.feed(hello + b"\n"))


def test_an_ending_comes_once():
    conversation = opened("generate", "score")
    assert [e.ends for e in conversation.feed(encode({"event": "done", "id": 1}))] == [True]
    with pytest.raises(ProtocolBroken, match="not open"):
        list(conversation.feed(encode({"event": "cancelled", "id": 1})))


@pytest.mark.parametrize("whole", [True, False])
def test_a_line_past_the_limit_is_refused_whether_or_not_it_ends(monkeypatch, whole):
    monkeypatch.setattr(protocol, "LINE_LIMIT", 100)
    line = encode({"event": "token", "id": 1, "text": "x" * 200})
    with pytest.raises(ProtocolBroken, match="more than 100 bytes"):
        list(opened("generate").feed(line if whole else line[:-1]))
    monkeypatch.undo()
    assert list(opened("generate").feed(line))


def test_events_before_a_broken_line_are_delivered():
    conversation, seen = opened("generate"), []
    with pytest.raises(ProtocolBroken):
        for event in conversation.feed(encode({"event": "token", "id": 1}) + b"oops\n"):
            seen.append(event.name)
    assert seen == ["token"]


def test_closing_fails_each_open_request_once():
    conversation = opened("a", "b", "c")
    list(conversation.feed(encode({"event": "done", "id": 2})))
    failure = WorkerDied(worker="toy", reason="SIGKILL", tail="-").as_event()
    assert conversation.close(failure) == [Event("failed", 1, failure), Event("failed", 3, failure)]
    assert conversation.close(failure) == []


def test_a_request_that_cannot_be_said_is_not_open():
    conversation = opened()
    with pytest.raises(TypeError):
        conversation.request("load", path=object())
    assert conversation.open_requests == frozenset()
    assert conversation.request("load")[0] == 1
