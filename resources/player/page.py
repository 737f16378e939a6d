"""Owns the page of the player: one small server that only this machine can reach, and only with the page's own key.

It serves one HTML file and speaks JSON with it. Knows no rule and no model.
"""

import asyncio
import json
import secrets
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asked import DEEDS, Begin, Busy, Doing, Table, Wrong

from studio.errors import Cancelled, LorewrightError
from studio.play.events import Listener

HOST, MOST = "127.0.0.1", 1 << 16
PAGE = Path(__file__).resolve().parent / "page.html"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


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
        told = {"Connection": "close"}  # what else was sent is not read as a question of its own
        self.answer(403, b"This page belongs to somebody else.", "text/plain", **told)
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
        elif (trouble := self.done(self.path, asked)) is not None:
            self.tell({"error": str(trouble)}, 409 if isinstance(trouble, Busy) else 400)

    def done(self, path: str, asked: dict[str, Any]) -> Exception | None:
        """Does what is asked while nothing else is done, and tells of it; gives back why it cannot be done."""
        table = self.server.table
        if not table.lock.acquire(blocking=False):
            return Busy("An answer is being written. Stop it first.")
        try:
            self.stream(DEEDS[path](table, asked))
        except (Wrong, LorewrightError) as error:
            return error
        finally:
            table.lock.release()
        return None

    def stream(self, deed: Doing) -> None:
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
            asyncio.run(_done(deed, table.listener(tell)))
        except Cancelled:
            pass  # stopped by a person: what stands is told below
        except LorewrightError as error:
            tell("error", text=str(error))
        tell("state", **table.as_json())


async def _done(deed: Doing, listen: Listener) -> None:
    await deed(listen)


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
