"""An answer that is streamed from an address: told as it comes, stopped at once, and every fault has a name."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from studio.errors import Cancelled
from studio.inference.engine import Ask, Halted, Sampling
from studio.inference.opening import open_engine
from tests.inference.chats import chat


def data(*words, finish=None):
    """A line of a stream."""
    choice = {"delta": {"content": "".join(words)} if words else {}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


END = [data(finish="stop"), b"data: [DONE]\n\n"]


class Served:
    """A service that streams `parts`, bytes one after the other; an event among them is waited for."""

    def __init__(self):
        self.parts: list[bytes | threading.Event] = []
        self.seen: list[dict[str, object]] = []
        self.kind = "text/event-stream"
        self.address = ""


@pytest.fixture
def served() -> Iterator[Served]:
    kept = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Type", kept.kind)
            self.end_headers()
            for part in kept.parts:
                if isinstance(part, threading.Event):
                    part.wait(20)
                    continue
                try:
                    self.wfile.write(part)
                    self.wfile.flush()
                except OSError:  # who asked has gone
                    return

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.address = f"http://127.0.0.1:{serving.server_address[1]}/v1#little"
    thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
    thread.start()
    yield kept
    for part in kept.parts:
        if isinstance(part, threading.Event):
            part.set()
    serving.shutdown()
    serving.server_close()
    thread.join()


def answer(served, ask=Ask(chat("Who?")), sampling=Sampling(), on_text=None):  # noqa: B008  # frozen values
    async def run():
        engine = await open_engine(served.address)
        try:
            return await engine.answer(ask, sampling, on_text), await engine.length(ask)
        finally:
            await engine.close()

    return asyncio.run(run())


def test_the_words_are_told_as_they_come(served):
    served.parts = [b": soon\n\n", data("The door "), data("opens."), *END, data("Not this.")]
    told = []
    found, _length = answer(served, sampling=Sampling(temperature=0.7, seed=3), on_text=told.append)
    assert told == ["The door ", "opens."]
    assert (found.text, found.stop, found.ids) == ("The door opens.", "end", ())
    asked = served.seen[0]
    assert (asked["stream"], asked["temperature"], asked["seed"], asked["max_tokens"]) == (True, 0.7, 3, 96)


def test_how_long_a_chat_is_is_guessed_and_then_learnt(served):
    told = {"choices": [], "usage": {"prompt_tokens": 200}}
    served.parts = [data("Yes."), data(finish="length"), b"data: " + json.dumps(told).encode() + b"\n\n"]
    ask = Ask(chat("word " * 200))
    found, length = answer(served, ask)
    assert (found.stop, found.prompt_tokens) == ("length", 200)
    assert 190 < length < 240


@pytest.mark.parametrize("cut", [1, 3, 9])
def test_an_opening_that_was_asked_for_is_not_told_twice(served, cut):
    """The twin: what only begins like it is the answer itself."""
    text = "*SUCCESS* You slip by."
    served.parts = [data(" \n"), *(data(text[at : at + cut]) for at in range(0, len(text), cut)), *END]
    told = []
    found, _length = answer(served, Ask(chat("I sneak."), opening="*SUCCESS*"), on_text=told.append)
    assert found.text == "".join(told) == " You slip by."
    served.parts = [data("*SU"), data("RE* enough."), *END]
    found, _length = answer(served, Ask(chat("I sneak."), opening="*SUCCESS*"))
    assert found.text == "\n\n*SURE* enough."


@pytest.mark.parametrize(
    ("opening", "parts", "told"),
    [
        ("*SUCCESS*", ["[roll: stealth]"], "\n\n[roll: stealth]"),
        ("*SUCCESS*", ["*SUCC", "ESS*", "You pass."], "\n\nYou pass."),
        ("*SUCCESS*", ["*SUCCESS*\nYou", " pass."], "\nYou pass."),
        ("The door op", ["The door op", "ens."], "ens."),
        ("The door opens", ["and", " creaks."], " and creaks."),
    ],
)
def test_words_do_not_stick_to_what_they_go_on_from(served, opening, parts, told):
    served.parts = [*map(data, parts), *END]
    heard = []
    found, _length = answer(served, Ask(chat("On."), opening=opening), on_text=heard.append)
    assert found.text == "".join(heard) == told


def test_a_service_that_does_not_stream_is_heard(served):
    served.kind = "application/json"
    choice = {"message": {"content": "All at once."}, "finish_reason": "stop"}
    served.parts = [json.dumps({"choices": [choice]}).encode()]
    told = []
    assert answer(served, on_text=told.append)[0].text == "All at once."
    assert told == ["All at once."]


def test_an_answer_without_end_is_cut_and_kept(served):
    served.parts = [data("word " * 50) * 5000]
    found, _length = answer(served)
    assert found.stop == "length" and found.text.startswith("word word") and len(found.text) > 500_000


def test_letters_that_are_cut_between_two_packets_are_whole(served):
    line = b'data: {"choices": [{"delta": {"content": "' + "Größe — 水".encode() + b'"}}]}\n\n'
    served.parts = [line[at : at + 1] for at in range(len(line))] + END
    assert answer(served)[0].text == "Größe — 水"
    served.parts = [b'data: {"choices": [{"delta": {"content": "\\ud83d half"}}]}\n\n', *END]
    assert answer(served)[0].text == "? half"
    served.parts = [b'data: {"choices": [{"delta": {"content": "one \xff\xf0\x9f two"}}]}\n\n', *END]
    assert answer(served)[0].text == "one \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} two"


FAULTS = {
    "cut off": ([data("The door ")], "NotReached", "cut"),
    "an error in the middle": (
        [data("The door "), b'data: {"error": {"message": "out of\\n memory sk-little"}}\n\n'],
        "BrokenOff",
        "out of memory …\\. Try",
    ),
    "no JSON": ([b"data: <html>\n\n", b"data: nonsense\n\n"], "NotUnderstood", "JSON"),
    "nothing": ([], "NotReached", "cut"),
    "one line without end": ([b"data: " + b"x" * (2 << 20)], "NotUnderstood", "JSON"),
    "deeply nested": ([b"data: " + b"[" * 200_000 + b"\n\n", END[1]], "NotUnderstood", "JSON"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_have_names_and_what_was_written_was_told(served, kind, monkeypatch):
    monkeypatch.setenv("LITTLE_KEY", "sk-little")
    served.parts, code, words = FAULTS[kind]
    told = []

    async def run():
        engine = await open_engine(served.address, key="LITTLE_KEY")
        await engine.answer(Ask(chat("Who?")), Sampling(), told.append)

    with pytest.raises(Exception, match=words) as caught:
        asyncio.run(run())
    assert caught.value.code == code
    assert "sk-little" not in str(caught.value)
    if kind == "cut off":
        assert told == ["The door "]
    assert sum(map(len, told)) <= 1 << 20


def test_a_stop_keeps_what_was_written(served):
    served.parts = [data("The door "), threading.Event(), *END]

    async def run():
        engine = await open_engine(served.address)
        here = asyncio.Event()
        running = asyncio.create_task(engine.answer(Ask(chat("Who?")), Sampling(), lambda _text: here.set()))
        await here.wait()
        await engine.stop()
        with pytest.raises(Halted) as caught:
            await running
        return caught.value.written

    written = asyncio.run(run())
    assert (written.text, written.stop) == ("The door ", "stopped")


def test_a_stop_before_the_first_word_is_a_stop(served):
    served.parts = [threading.Event()]

    async def run():
        engine = await open_engine(served.address)
        running = asyncio.create_task(engine.answer(Ask(chat("Who?")), Sampling()))
        while not served.seen:
            await asyncio.sleep(0.01)
        await engine.stop()
        with pytest.raises(Cancelled) as caught:
            await running
        assert not isinstance(caught.value, Halted)

    asyncio.run(run())
