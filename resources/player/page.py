"""Owns the page of the player: one small server that only this machine can reach, and only with the page's own key.

It serves one HTML file and speaks JSON with it. Knows no rule and no model.
"""

import asyncio
import json
import secrets
import threading
import webbrowser
from collections.abc import Awaitable, Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from shown import shown, shown_turn, table
from story import Play

from studio.errors import Cancelled, LorewrightError
from studio.play.events import Changed, Listener, PlayEvent, Stopped, Wrote
from studio.rules import HandChange, Throw
from studio.rules.combat import Deed

HOST, MOST = "127.0.0.1", 1 << 16
PAGE = Path(__file__).resolve().parent / "page.html"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Begin = Callable[[int, int], Play]
Tell = Callable[..., None]


class Wrong(Exception):
    """What a page asked that cannot be done; the sentence says why."""


class Table:
    """The play that the page shows. One answer is written at a time."""

    def __init__(self, begin: Begin, titles: list[str], scene: int, seed: int) -> None:
        self.begin, self.titles, self.lock = begin, titles, threading.Lock()
        self.start(scene, seed)

    def start(self, scene: int, seed: int) -> None:
        """A new play."""
        self.scene, self.play = scene, self.begin(scene, seed)

    def as_json(self) -> dict[str, Any]:
        """What the page shows."""
        return {**shown(self.play), "scenes": self.titles, "scene": self.scene}

    def listener(self, tell: Tell) -> Listener:
        """Hears the play and tells the page: words as they come, turns and steps once they stand."""
        known = {node.id for node in self.play.steps()}

        def hear(event: PlayEvent) -> None:
            if isinstance(event, Wrote):
                tell("wrote", text=event.text)
                return
            if isinstance(event, Stopped):
                tell("note", text=f"The narrator was stopped after {event.calls} calls.")
            elif isinstance(event, Changed):
                tell("state", **self.as_json())
                known.update(node.id for node in self.play.steps())
            for node in self.play.steps():
                if node.id not in known and (turn := shown_turn(self.play, node)) is not None:
                    tell("turn", **turn)
                known.add(node.id)
            tell("table", **table(self.play))

        return hear

    # -- what a page can ask for; each gives what is then done, which tells a listener

    def say(self, asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """A line of the player."""
        line = asked.get("line")
        if not isinstance(line, str) or not line.strip():
            raise Wrong("Say something first.")
        return partial(self.play.say, line)

    def retry(self, _asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """The narrator's last turn once more."""
        return self.play.again

    def act(self, asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """Something that is done in a fight; where nothing is named, what the rules choose."""
        deed = Deed.of(asked["deed"]) if "deed" in asked else None

        async def done(listen: Listener) -> None:
            self.play.act_by_rules(listen) if deed is None else self.play.act(deed, listen)
            if deed is None or deed.kind not in ("begin", "next"):
                await self.play.goes_on(listen)

        return done

    def throw(self, asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """Dice; of a skill's the narrator is told."""
        wanted = Throw.of(asked.get("throw"))

        async def done(listen: Listener) -> None:
            self.play.throw(wanted, listen, tell=bool(wanted.skill.strip()))
            await self.play.goes_on(listen)

        return done

    def hand(self, asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """A sheet changed by hand."""
        return self._at_once(partial(self.play.hand, HandChange.of(asked.get("change"))))

    def undo(self, _asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """What was done last is taken back."""
        return self._at_once(self.play.undo)

    def redo(self, _asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """What was taken back last is done again."""
        return self._at_once(self.play.redo)

    def anew(self, asked: dict[str, Any]) -> Callable[[Listener], Awaitable[None]]:
        """Another play."""
        scene, seed = asked.get("scene", self.scene), asked.get("seed", 1)
        if type(scene) is not int or type(seed) is not int or not 0 <= scene < len(self.titles):
            raise Wrong("There is no such scene.")
        return self._at_once(partial(self.start, scene, seed))

    @staticmethod
    def _at_once(change: Callable[[], Any]) -> Callable[[Listener], Awaitable[None]]:
        async def done(_listen: Listener) -> None:
            change()

        return done


DEEDS = {
    "/say": Table.say,
    "/retry": Table.retry,
    "/act": Table.act,
    "/throw": Table.throw,
    "/hand": Table.hand,
    "/undo": Table.undo,
    "/redo": Table.redo,
    "/begin": Table.anew,
}
"""What a page can ask for, by its path."""


class Server(ThreadingHTTPServer):
    """Serves one table to whoever has its key."""

    daemon_threads = True

    def __init__(self, port: int, table: Table) -> None:
        super().__init__((HOST, port), Handler)
        self.table, self.key = table, secrets.token_urlsafe(18)


class Handler(BaseHTTPRequestHandler):
    """Answers the page."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_given: object) -> None:
        """Nothing is written of what is played."""

    def allowed(self) -> bool:
        """Whether it is the page that asks: of this machine's name, with the key."""
        own = {f"{name}:{self.server.server_port}" for name in (HOST, "localhost")}
        given = self.headers.get("X-Key") or self.path.partition("?key=")[2]
        if self.headers.get("Host") in own and secrets.compare_digest(given.encode(), self.server.key.encode()):
            return True
        self.answer(403, b"This page belongs to somebody else.", "text/plain")
        return False

    def answer(self, status: int, data: bytes, kind: str, **more: str) -> None:
        """One whole answer."""
        self.send_response(status)
        usual = {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        for name, value in {**usual, **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def tell(self, value: dict[str, Any], status: int = 200) -> None:
        """JSON."""
        self.answer(status, json.dumps(value).encode(), "application/json")

    def do_GET(self) -> None:
        """The page, the play as it stands, and the play as a file."""
        if not self.allowed():
            return
        table, name = self.server.table, self.path.partition("?")[0]
        if name == "/":
            self.page()
        elif name == "/state":
            self.tell(table.as_json())
        elif name == "/play.md":
            self.file(table.play.as_text(), "play.md")
        elif name == "/play.jsonl":
            self.file(table.play.as_session(), "play.jsonl")
        else:
            self.tell({"error": "There is nothing here."}, 404)

    def page(self) -> None:
        """The page, which may run its own script and load nothing."""
        nonce, text = secrets.token_urlsafe(12), PAGE.read_text(encoding="utf-8")
        data = text.replace("{nonce}", nonce).replace("{key}", self.server.key).encode()
        policy = {"Content-Security-Policy": POLICY.format(nonce=nonce)}
        self.answer(200, data, "text/html; charset=utf-8", **policy)

    def file(self, text: str, name: str) -> None:
        """A file to keep."""
        told = {"Content-Disposition": f'attachment; filename="{name}"'}
        self.answer(200, text.encode(), "application/octet-stream", **told)

    def do_POST(self) -> None:
        """What a person wants."""
        if not self.allowed():
            return
        try:
            size = int(self.headers.get("Content-Length") or 0)
            if not 0 <= size <= MOST:
                raise ValueError
            asked = json.loads(self.rfile.read(size) or b"{}")
        except (ValueError, RecursionError):
            self.close_connection = True
            self.tell({"error": "That could not be read."}, 400)
            return
        if self.path == "/stop":
            self.server.table.play.stopped.set()
            self.tell({})
        elif self.path not in DEEDS or not isinstance(asked, dict):
            self.tell({"error": "There is nothing here."}, 404)
        elif not self.server.table.lock.acquire(blocking=False):
            self.tell({"error": "An answer is being written. Stop it first."}, 409)
        else:
            try:
                self.stream(DEEDS[self.path](self.server.table, asked))
            except (Wrong, LorewrightError) as error:
                self.tell({"error": str(error)}, 400)
            finally:
                self.server.table.lock.release()

    def stream(self, deed: Callable[[Listener], Awaitable[None]]) -> None:
        """Does something; every event goes out as it comes, a line of JSON each, and at the end how all stands."""
        table = self.server.table
        table.play.stopped.clear()  # before the page knows that there is something to stop
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

        def tell(event: str, **what: Any) -> None:
            try:
                self.wfile.write(json.dumps({"event": event, **what}).encode() + b"\n")
                self.wfile.flush()
            except OSError:
                table.play.stopped.set()  # the page is gone

        try:
            asyncio.run(_waited(deed(table.listener(tell))))
        except Cancelled:
            pass  # stopped by a person: what stands is told below
        except LorewrightError as error:
            tell("error", text=str(error))
        tell("state", **table.as_json())


async def _waited(deed: Awaitable[None]) -> None:
    await deed


def serve(begin: Begin, titles: list[str], scene: int, seed: int, port: int, browser: bool = True) -> int:
    """Serves the page until Ctrl+C; prints its address."""
    server = Server(port, Table(begin, titles, scene, seed))
    address = f"http://{HOST}:{server.server_port}/?key={server.key}"
    print(f"Play at {address}\nOnly this machine can reach it. Ctrl+C ends it.", flush=True)
    if browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
    return 0
