"""Owns the page of the player: one small server that only this machine can reach, and only with the page's own key.

It serves one HTML file and speaks JSON with it. Knows no rule and no model.
"""

import json
import secrets
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST, MOST = "127.0.0.1", 1 << 16
PAGE = Path(__file__).resolve().parent / "page.html"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Table:
    """The play that the page shows. One answer is written at a time."""

    def __init__(self, begin, titles, scene, seed):
        self.begin, self.titles = begin, titles
        self.lock, self.stopped = threading.Lock(), threading.Event()
        self.story = None
        self.start(scene, seed)

    def start(self, scene, seed):
        """A new play."""
        self.scene = scene
        self.story = self.begin(scene, seed)
        write = self.story.writer
        self.story.writer = lambda *asked: write(*asked, lambda: not self.stopped.is_set())

    def as_json(self):
        """What the page shows."""
        return {**self.story.as_json(), "scenes": self.titles, "scene": self.scene}


def handler(table, key):
    """The class that answers the page; `key` must come with every request."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_given):
            """Nothing is written of what is played."""

        def allowed(self):
            """Whether it is the page that asks: of this machine's name, with the key."""
            own = {f"{name}:{self.server.server_port}" for name in (HOST, "localhost")}
            given = self.headers.get("X-Key") or self.path.partition("?key=")[2]
            if self.headers.get("Host") in own and secrets.compare_digest(given.encode(), key.encode()):
                return True
            self.answer(403, b"This page belongs to somebody else.", "text/plain")
            return False

        def answer(self, status, data, kind, **more):
            """One whole answer."""
            self.send_response(status)
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(data)),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                **more,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def tell(self, value, status=200):
            """JSON."""
            self.answer(status, json.dumps(value).encode(), "application/json")

        def do_GET(self):
            """The page, and the play as it stands."""
            if not self.allowed():
                return
            if self.path.partition("?")[0] == "/":
                nonce = secrets.token_urlsafe(12)
                data = PAGE.read_text(encoding="utf-8").replace("{nonce}", nonce).replace("{key}", key).encode()
                policy = {"Content-Security-Policy": POLICY.format(nonce=nonce)}
                self.answer(200, data, "text/html; charset=utf-8", **policy)
            elif self.path == "/state":
                self.tell(table.as_json())
            else:
                self.tell({"error": "There is nothing here."}, 404)

        def do_POST(self):
            """What a person wants."""
            if not self.allowed():
                return
            try:
                size = int(self.headers.get("Content-Length") or 0)
                if not 0 <= size <= MOST:
                    raise ValueError
                asked = json.loads(self.rfile.read(size) or b"{}")
                deed = {"/say": self.say, "/retry": self.retry, "/undo": self.undo, "/begin": self.begin}
                if self.path == "/stop":
                    table.stopped.set()
                    self.tell({})
                elif self.path not in deed or not isinstance(asked, dict):
                    self.tell({"error": "There is nothing here."}, 404)
                elif not table.lock.acquire(blocking=False):
                    self.tell({"error": "An answer is being written. Stop it first."}, 409)
                else:
                    try:
                        deed[self.path](asked)
                    finally:
                        table.lock.release()
            except (ValueError, RecursionError):
                self.close_connection = True
                self.tell({"error": "That could not be read."}, 400)

        def say(self, asked):
            """A line of the player."""
            line = asked.get("line")
            if not isinstance(line, str) or not line.strip():
                self.tell({"error": "Say something first."}, 400)
            else:
                self.stream(line)

        def retry(self, _asked):
            """The last line once more."""
            line = table.story.undo()
            if line is None:
                self.tell({"error": "Nothing was said yet."}, 400)
            else:
                self.stream(line)

        def stream(self, line):
            """Plays a line; every event goes out as it comes, a line of JSON each."""
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            table.stopped.clear()

            def tell(event, **what):
                try:
                    self.wfile.write(json.dumps({"event": event, **what}).encode() + b"\n")
                    self.wfile.flush()
                except OSError:
                    table.stopped.set()  # the page is gone

            table.story.say(line, tell)
            tell("state", **table.as_json())

        def undo(self, _asked):
            """The last line is taken back."""
            line = table.story.undo()
            self.tell({**table.as_json(), "line": line or ""})

        def begin(self, asked):
            """Another play."""
            scene, seed = asked.get("scene", table.scene), asked.get("seed", 1)
            if not isinstance(scene, int) or not isinstance(seed, int) or not 0 <= scene < len(table.titles):
                self.tell({"error": "There is no such scene."}, 400)
                return
            table.start(scene, seed)
            self.tell(table.as_json())

    return Handler


def serve(begin, titles, scene, seed, port, browser=True):
    """Serves the page until Ctrl+C; prints its address."""
    key = secrets.token_urlsafe(18)
    table = Table(begin, titles, scene, seed)
    server = ThreadingHTTPServer((HOST, port), handler(table, key))
    server.daemon_threads = True
    address = f"http://{HOST}:{server.server_port}/?key={key}"
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
