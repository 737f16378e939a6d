"""The engine of a model behind an address: messages go out as they are, answers come in order, faults are named."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from studio.errors import Cancelled, LorewrightError
from studio.inference.engine import Ask
from studio.inference.errors import NotOffered
from studio.inference.opening import open_engine
from studio.inference.sampling import Sampling
from studio.inference.service_errors import AskedTooOften, BadAddress, NoKey
from tests.inference.chats import chat

Answer = Callable[[BaseHTTPRequestHandler, str], None]


@dataclass
class Served:
    """What is answered with (by the player's last words), and what came."""

    address: str = ""
    answer: Answer | None = None
    seen: list[tuple[dict[str, str], dict[str, object]]] = field(default_factory=list)


def send(handler: BaseHTTPRequestHandler, status: int, body: object, **headers: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(data)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def echo(handler: BaseHTTPRequestHandler, words: str, finish: str = "stop") -> None:
    choice = {"message": {"role": "assistant", "content": f"You said: {words}"}, "finish_reason": finish}
    send(handler, 200, {"choices": [choice], "usage": {"prompt_tokens": 11}})


@pytest.fixture
def served() -> Iterator[Served]:
    kept = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.seen.append((dict(self.headers), body))
            (kept.answer or echo)(self, body["messages"][-1]["content"])

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.address = f"http://127.0.0.1:{serving.server_address[1]}/v1#little"
    thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
    thread.start()
    yield kept
    serving.shutdown()
    serving.server_close()
    thread.join()


def answers(served: Served, *asks: Ask, **more: str) -> list:
    async def run():
        engine = await open_engine(served.address, **more)
        try:
            return await engine.answer_many(asks)
        finally:
            await engine.close()

    return asyncio.run(run())


def failure(served: Served, answer: Answer) -> LorewrightError:
    served.answer = answer
    with pytest.raises(LorewrightError) as caught:
        answers(served, Ask(chat("Who?")), Ask(chat("What?")))
    return caught.value


def test_messages_are_sent_and_answers_come_in_order(served):
    asks = [Ask(chat(f"word {n}"), max_tokens=20 + n) for n in range(6)]
    found = answers(served, *asks)
    assert [one.text for one in found] == [f"You said: word {n}" for n in range(6)]
    assert {one.stop for one in found} == {"end"}
    assert found[0].prompt_tokens == 11
    assert found[0].ids == ()
    assert found[0].as_message(asks[0]).ids is None
    assert sorted(body["max_tokens"] for _headers, body in served.seen) == [20, 21, 22, 23, 24, 25]
    assert {(body["model"], body["temperature"]) for _headers, body in served.seen} == {("little", 0.0)}
    assert [one["role"] for one in served.seen[0][1]["messages"]] == ["system", "user"]


def test_the_opening_is_asked_for_and_taken_off(served):
    def begins(handler: BaseHTTPRequestHandler, _words: str) -> None:
        choice = {"message": {"content": " *SUCCESS* You slip by."}, "finish_reason": "length"}
        send(handler, 200, {"choices": [choice]})

    served.answer = begins
    ask = Ask(chat("I sneak."), opening="*SUCCESS*")
    (found,) = answers(served, ask)
    assert served.seen[0][1]["messages"][-1]["content"] == "I sneak.\n\nBegin your reply with *SUCCESS*"
    assert (found.text, found.stop) == (" You slip by.", "length")
    assert found.as_message(ask).content == "*SUCCESS* You slip by."


def test_a_service_without_time_is_asked_again_after_the_wait_it_names(served):
    """The twin: one that wants a wait of minutes is not waited for."""
    left = [3]

    def busy(handler: BaseHTTPRequestHandler, words: str) -> None:
        left[0] -= 1
        send(handler, 429, {}, Retry_After="0") if left[0] >= 0 else echo(handler, words)

    served.answer = busy
    assert answers(served, Ask(chat("Who?")))[0].text == "You said: Who?"
    assert len(served.seen) == 4
    error = failure(served, lambda handler, _words: send(handler, 429, {}, Retry_After="600"))
    assert isinstance(error, AskedTooOften)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda handler, _words: send(handler, 200, b"<html>"), "NotUnderstood"),
        (lambda handler, _words: send(handler, 500, {}), "ServerFailed"),
        (lambda handler, _words: handler.connection.close(), "NotReached"),
    ],
)
def test_faults_are_named(served, answer, name):
    assert failure(served, answer).code == name


def test_what_takes_tokens_is_not_offered(served):
    async def run():
        engine = await open_engine(served.address)
        assert (engine.card.kind, engine.card.scores, engine.card.grammars) == ("remote", False, False)
        assert len(engine.card.identity) == 64
        for asked in (
            engine.score([1, 2], 1),
            engine.generate([1], Sampling()),
            engine.tokenise([("x", False)]),
            engine.pace(8, 8),
            engine.answer_many([Ask(chat("x"), grammar='root ::= "x"')]),
        ):
            with pytest.raises(NotOffered):
                await asked

    asyncio.run(run())
    assert served.seen == []


def test_a_stop_ends_it(served):
    waiting = threading.Event()
    served.answer = lambda handler, words: waiting.wait(10) and echo(handler, words)

    async def run():
        engine = await open_engine(served.address)
        running = asyncio.create_task(engine.answer_many([Ask(chat("Who?"))] * 3))
        while not served.seen:
            await asyncio.sleep(0.01)
        await engine.stop()
        with pytest.raises(Cancelled):
            await running
        waiting.set()

    asyncio.run(run())


def test_the_key_goes_by_its_name_and_only_to_the_address_given(served, monkeypatch):
    monkeypatch.setenv("LITTLE_KEY", "sk-little")
    answers(served, Ask(chat("Who?")), key="LITTLE_KEY")
    assert served.seen[0][0]["Authorization"] == "Bearer sk-little"
    with pytest.raises(NoKey):
        answers(served, Ask(chat("Who?")), key="NO_SUCH_KEY")
    for named in ("http://127.0.0.1/v1", "http://127.0.0.1/v1#", "https://user:word@host/v1#m", "https://a:word@b/v1"):
        with pytest.raises(BadAddress, match=r"Write it like https://host/v1#MODEL, such as") as refused:
            asyncio.run(open_engine(named))
        assert "word" not in str(refused.value)
