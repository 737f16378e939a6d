"""A model behind an address: a server on loopback in the API's shape, and every way in which it can fail."""

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from studio.dataset.drafting import Asked, RemoteWriter, Voice, Wanted, draft, key_from
from studio.errors import LorewrightError
from studio.inference import service as module
from studio.scenario.game import Game
from studio.secrets import UnfitKey

KEY = "sk-very-secret-1234567890"
ASKED = Asked("You write lines.", "Write one.", Voice.PLAYER, 7)
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """What the next requests are answered with, and what came."""

    address: str = ""
    answer: Answer | None = None
    seen: list[tuple[str, dict[str, str], dict[str, object]]] = field(default_factory=list)


def completion(handler: BaseHTTPRequestHandler, content: object = "I knock at the gate.") -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
    send(handler, 200, json.dumps({"id": "c-1", "object": "chat.completion", "choices": [choice], "usage": usage}))


def send(handler: BaseHTTPRequestHandler, status: int, body: str, **headers: str) -> None:
    data = body.encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


@pytest.fixture
def server() -> Iterator[Server]:
    kept = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.seen.append((self.path, dict(self.headers), body))
            (kept.answer or completion)(self)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.address = f"http://127.0.0.1:{serving.server_address[1]}/v1"
    thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
    thread.start()
    yield kept
    serving.shutdown()
    serving.server_close()
    thread.join()


def ask(server: Server, key: str = KEY, timeout: float = 5) -> str:
    return asyncio.run(RemoteWriter("little-model", server.address, key, timeout).write(ASKED))


def failure(server: Server, answer: Answer, timeout: float = 5) -> LorewrightError:
    server.answer = answer
    with pytest.raises(LorewrightError) as caught:
        ask(server, timeout=timeout)
    told = "".join(map(repr, (caught.value, caught.value.as_event(), caught.value.__cause__)))
    assert KEY not in told + str(caught.value)
    return caught.value


def test_a_line_is_asked_for_in_the_shape_of_the_api(server: Server) -> None:
    assert ask(server) == "I knock at the gate."
    ((path, headers, body),) = server.seen
    assert path == "/v1/chat/completions" and headers["Authorization"] == f"Bearer {KEY}"
    assert body["model"] == "little-model" and body["seed"] == 7
    assert [message["role"] for message in body["messages"]] == ["system", "user"]  # type: ignore[attr-defined]


def test_without_a_key_none_is_sent_and_a_whole_address_is_taken(server: Server) -> None:
    server.address += "/chat/completions"
    assert ask(server, key="") == "I knock at the gate."
    path, headers, _body = server.seen[0]
    assert path == "/v1/chat/completions" and "Authorization" not in headers


@pytest.mark.parametrize(
    ("status", "name", "words"),
    [
        (401, "KeyRefused", "does not take the key"),
        (403, "KeyRefused", "does not take the key"),
        (404, "NotThere", "no model little-model"),
        (500, "ServerFailed", "status 500"),
        (503, "ServerFailed", "status 503"),
        (400, "RequestRefused", "too long for …"),
        (302, "Redirected", "sends on"),
    ],
)
def test_each_status_has_its_sentence(server: Server, status: int, name: str, words: str) -> None:
    body = json.dumps({"error": {"message": f"too long for {KEY}", "type": "invalid_request_error"}})
    error = failure(server, lambda handler: send(handler, status, body, Location="http://127.0.0.1:9/"))
    assert error.code == name and words in str(error) and len(server.seen) == 1


def test_asked_too_often_says_how_long_to_wait(server: Server) -> None:
    error = failure(server, lambda handler: send(handler, 429, "{}", Retry_After="20"))
    assert error.code == "AskedTooOften" and "again in 20 seconds" in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html>It works!</html>", "not JSON"),
        ("{}", "no choices"),
        ('{"choices": []}', "no choices"),
        ("[" * 100_000, "not JSON"),
        ('"x"', "no choices"),
        ("x" * (module.LONGEST_ANSWER + 10), "longer than"),
    ],
)
def test_an_answer_in_another_shape(server: Server, body: str, words: str) -> None:
    assert words in str(failure(server, lambda handler: send(handler, 200, body)))


def test_an_empty_answer_is_an_empty_line(server: Server) -> None:
    server.answer = lambda handler: completion(handler, None)
    assert ask(server) == ""


def test_a_cut_connection(server: Server) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"choices": [')
        handler.close_connection = True

    assert "the connection was cut" in str(failure(server, cut))
    assert failure(server, lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)).code == "NotReached"


def test_no_answer_in_time(server: Server) -> None:
    waiting = threading.Event()
    error = failure(server, lambda handler: waiting.wait(5) and None, timeout=0.2)
    waiting.set()
    assert "within 0.2 seconds" in str(error)


def test_an_answer_that_drips_is_not_waited_for(server: Server) -> None:
    stopped = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        with contextlib.suppress(OSError):
            while not stopped.wait(0.05):
                handler.wfile.write(b" ")

    error = failure(server, drip, timeout=0.3)
    stopped.set()
    assert "within 0.3 seconds" in str(error)


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(module.NotReached, match="could not be reached"):
        asyncio.run(RemoteWriter("m", address).write(ASKED))


@pytest.mark.parametrize(
    "address",
    ["", "localhost:8080", "ftp://x/v1", "http://", "http://x:port/v1", "https://user:word@x/v1", "https://x/v1?key=1",
     "http://x/\r\nHost: y", "http://[::1", "https://x/v 1"],
)  # fmt: skip
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(module.BadAddress):
        RemoteWriter("m", address)


def test_a_key_is_not_sent_in_the_clear() -> None:
    with pytest.raises(module.BadAddress, match="without encryption") as caught:
        RemoteWriter("m", "http://example.org/v1", KEY)
    assert KEY not in str(caught.value)
    assert KEY not in repr(RemoteWriter("m", "http://localhost/v1", KEY))
    RemoteWriter("m", "http://example.org/v1")


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", f" {KEY}\n")
    assert key_from("SOME_KEY") == KEY
    for value in ("", f"{KEY}\r\nX: y", "schlüssel"):
        monkeypatch.setenv("SOME_KEY", value)
        with pytest.raises(UnfitKey if value else module.NoKey) as caught:
            key_from("SOME_KEY")
        assert not value or value not in str(caught.value)


def test_a_whole_draft_over_the_network(server: Server) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        completion(handler, f"I knock {len(server.seen)} times at the gate and wait.")

    server.answer = answer
    writer = RemoteWriter("little-model", server.address, KEY)
    made = asyncio.run(draft(Wanted(skills=("stealth",), turns=3), writer, Game.shipped(), tries=1))
    assert made.errors == 0 and "writer: little-model" in made.text and KEY not in made.text
