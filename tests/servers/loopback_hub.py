"""A Hub on loopback: the part of the Hugging Face Hub's API that its client calls, with faults on request."""

import base64
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

LARGE = (".parquet", ".bin", ".safetensors")


@dataclass
class Repo:
    """A data set or a model: its files by commit, and who may see it."""

    private: bool = False
    gated: bool = False
    card: dict[str, Any] | None = None
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes], ref: str = "main") -> str:
        """A new commit on a branch; returns its hash."""
        sha = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits[sha], self.refs[ref] = files, sha
        return sha


@dataclass
class Hub:
    """The Hub. `cuts`: after how many bytes the next answers with a file break off; `stalls`: after how many they fall
    silent; `swapped`: what is sent instead of a file; `busy`: how many seconds the next answers ask to wait; `asked`:
    method, path and whether a token came along, of every request."""

    repos: dict[str, Repo] = field(default_factory=dict)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    stalls: dict[str, list[int]] = field(default_factory=dict)
    busy: list[int] = field(default_factory=list)
    swapped: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, bool]] = field(default_factory=list)
    large: dict[str, bytes] = field(default_factory=dict)
    token: str = "hf_secret"
    failing: int = 0
    gone: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    address: str = ""
    stop: Callable[[], None] = lambda: None

    def repo(self, name: str, files: dict[str, bytes], **about: Any) -> str:
        """A data set with one commit; returns its hash."""
        self.repos[name] = Repo(**about)
        return self.repos[name].commit(files)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def handle(self) -> None:
        """Answers until the other side hangs up, however it does that."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET

    def _answer(self) -> None:
        self.url = urlsplit(self.path)
        path = unquote(self.url.path)
        self.known = self.headers.get("Authorization") == f"Bearer {self.hub.token}"
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.asked.append((self.command, path, "Authorization" in self.headers))
        if self.hub.gone:
            self.close_connection = True
            self.connection.close()
            return
        if self.hub.failing:
            self._send(self.hub.failing, {})
            return
        if self.hub.busy:
            self._send(429, {"error": "Too many requests"}, {"Retry-After": str(self.hub.busy.pop(0))})
            return
        if "Authorization" in self.headers and not self.known and not path.startswith("/cdn/"):
            wrong = "Invalid credentials in Authorization header"
            self._send(401, {"error": wrong}, {"X-Error-Message": wrong})
            return
        for method, pattern, answer in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and self.command in method:
                answer(self, *match.groups())
                return
        self._send(404, {"error": "Not Found"})

    def _send(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send_bytes(
        self, status: int, content: bytes, headers: dict[str, str], cut: int | None = None, stall: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if cut is None else content[:cut])
        if cut is not None:
            self.close_connection = True
            self.wfile.flush()
            if stall:
                self.hub.over.wait(30)
            self.connection.close()

    def _visible(self, name: str) -> Repo | None:
        """The repository, or None after saying why it can't be seen."""
        repo = self.hub.repos.get(name)
        if repo is None or (repo.private and not self.known):
            self._send(404 if self.known else 401, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
            return None
        if repo.gated and not (self.command == "GET" and self.url.path.startswith("/api/")):
            told = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to it is restricted."}
            self._send(403 if self.known else 401, {}, told)
            return None
        return repo

    def info(self, name: str, revision: str | None = None) -> None:
        repo = self._visible(name)
        if repo is None:
            return
        sha = repo.refs.get(revision or "main", revision or "")
        if sha not in repo.commits:
            self._send(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
            return
        blobs = bool(parse_qs(self.url.query).get("blobs"))
        files = repo.commits[sha].items()
        siblings = [{"rfilename": path, **(_about(path, data) if blobs else {})} for path, data in files]
        self._send(200, {"id": name, "sha": sha, "private": repo.private, "siblings": siblings, "cardData": repo.card})

    def resolve(self, name: str, revision: str, path: str) -> None:
        repo = self._visible(name)
        if repo is None:
            return
        sha = repo.refs.get(revision, revision)
        files = repo.commits.get(sha, {})
        if path not in files:
            self._send(404, {}, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": sha})
            return
        about = _about(path, files[path])
        if "lfs" not in about:
            self._file(path, files[path], {"X-Repo-Commit": sha, "ETag": f'"{about["blobId"]}"'})
            return
        oid = about["lfs"]["sha256"]
        self.hub.large[oid] = files[path]
        # Large files lie elsewhere, where the token has no business.
        elsewhere = self.hub.address.replace("127.0.0.1", "localhost")
        headers = {"X-Repo-Commit": sha, "X-Linked-Etag": f'"{oid}"', "X-Linked-Size": str(about["size"])}
        self._send_bytes(302, b"", {**headers, "Location": f"{elsewhere}/cdn/{oid}"})

    def cdn(self, oid: str) -> None:
        self._file(oid, self.hub.large[oid], {"ETag": f'"{oid}"'})

    def _file(self, path: str, content: bytes, headers: dict[str, str]) -> None:
        content = self.hub.swapped.get(path, content)
        status, first = 200, 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if asked:
            status, first = 206, int(asked[1])
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        got = self.command == "GET"
        cuts, stalls = self.hub.cuts.get(path) if got else None, self.hub.stalls.get(path) if got else None
        stalled = not cuts and bool(stalls)
        cut = cuts.pop(0) if cuts else stalls.pop(0) if stalls else None
        self._send_bytes(status, content[first:], {"Accept-Ranges": "bytes", **headers}, cut, stall=stalled)

    def create(self) -> None:
        asked = json.loads(self.body)
        if not self.known:
            self._send(401, {"error": "Invalid username or password."})
            return
        name = f"{asked['organization']}/{asked['name']}"
        url = {"url": f"{self.hub.address}/datasets/{name}"}
        if name in self.hub.repos:
            self._send(409, {"error": "You already created this dataset repo", **url})
            return
        self.hub.repos[name] = Repo(private=asked.get("visibility") == "private" or bool(asked.get("private")))
        self.hub.repos[name].commit({".gitattributes": b""})
        self._send(200, url)

    def validate(self) -> None:
        front = yaml.safe_load(json.loads(self.body)["content"].split("---\n")[1])
        licence = str(front.get("license", "other"))
        errors = [] if licence == licence.lower() else [{"message": '"license" must be one of [apache-2.0, mit, …]'}]
        self._send(400 if errors else 200, {"errors": errors, "warnings": []})

    def preupload(self, _name: str) -> None:
        names = [one["path"] for one in json.loads(self.body)["files"]]
        files = [
            {"path": name, "uploadMode": "lfs" if name.endswith(LARGE) else "regular", "shouldIgnore": False}
            for name in names
        ]
        self._send(200, {"files": files})

    def batch(self, _name: str) -> None:
        objects = [
            {**one, "actions": {"upload": {"href": f"{self.hub.address}/upload/{one['oid']}"}}}
            for one in json.loads(self.body)["objects"]
        ]
        self._send(200, {"transfer": "basic", "objects": objects})

    def upload(self, oid: str) -> None:
        same = hashlib.sha256(self.body).hexdigest() == oid
        if same:
            self.hub.large[oid] = self.body
        self._send(200 if same else 400, {})

    def commit(self, name: str) -> None:
        repo = self.hub.repos[name]
        files = dict(repo.commits[repo.refs["main"]])
        for line in self.body.splitlines():
            one = json.loads(line)
            value = one["value"]
            if one["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif one["key"] == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
            elif one["key"] == "deletedFile":
                del files[value["path"]]
        sha = repo.commit(files)
        self._send(200, {"commitUrl": f"{self.hub.address}/datasets/{name}/commit/{sha}", "commitOid": sha})


def _about(path: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    about: dict[str, Any] = {"size": len(content), "blobId": blob}
    if path.endswith(LARGE):
        sha256 = hashlib.sha256(content).hexdigest()
        about["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 130}
    return about


_REPO = r"([\w.-]+/[\w.-]+)"
ROUTES = (
    (("GET",), rf"/api/(?:datasets|models)/{_REPO}(?:/revision/(.+))?", Handler.info),
    (("GET", "HEAD"), rf"/(?:datasets/)?{_REPO}/resolve/([^/]+)/(.+)", Handler.resolve),
    (("GET", "HEAD"), r"/cdn/(\w+)", Handler.cdn),
    (("POST",), r"/api/repos/create", Handler.create),
    (("POST",), r"/api/validate-yaml", Handler.validate),
    (("POST",), rf"/api/datasets/{_REPO}/preupload/main", Handler.preupload),
    (("POST",), rf"/datasets/{_REPO}\.git/info/lfs/objects/batch", Handler.batch),
    (("PUT",), r"/upload/(\w+)", Handler.upload),
    (("POST",), rf"/api/datasets/{_REPO}/commit/main", Handler.commit),
)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub on loopback that the client of this process talks to, with nobody logged in."""
    from huggingface_hub import constants

    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("HubHandler", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    home = tmp_path_factory.mktemp("hf")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # its storage speaks a protocol of its own
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")

    def stop() -> None:
        hub.gone = True  # also for connections that are kept open
        hub.over.set()
        server.shutdown()
        thread.join()
        server.server_close()

    hub.stop = stop
    yield hub
    if thread.is_alive():
        stop()
