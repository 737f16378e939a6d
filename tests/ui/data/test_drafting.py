"""Help me write, by a model behind an address: the form remembers it, the draft waits to be accepted."""

import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.ui.data.tab import DataTab
from studio.ui.data.writer_form import WriterForm
from studio.ui.play.shelf import ModelFile
from studio.ui.theme import Theme
from studio.workspace import Settings

Run = Callable[[Coroutine[object, object, object]], object]
Wait = Callable[[DataTab, Callable[[], object]], Coroutine[object, object, object]]
LINES = ("I listen at the door and wait.", "The lantern gutters, and somebody laughs below.", "I keep to the wall.")


KEY = "sk-very-secret-1234567890"
seen: list[str | None] = []


@pytest.fixture
def address() -> Iterator[str]:
    """A server on loopback in the real API's shape, whose lines take turns."""
    count = iter(range(10_000))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers["Authorization"])
            self.rfile.read(int(self.headers["Content-Length"]))
            content = LINES[next(count) % len(LINES)]
            body = json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_form_asks_for_an_address_and_remembers_it_but_no_key(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    local = ModelFile(Path("models/judge.gguf"), "judge", 1000, starter=False)
    answers: list[dict[str, object]] = []
    form = WriterForm(theme, None, settings, [local], "A fight.")  # type: ignore[arg-type]  # no window
    qtbot.addWidget(form)
    form.answered.connect(answers.append)
    assert not form.remote and form._ok.isEnabled()
    form.writers.setCurrentRow(1)
    assert form.remote and not form._ok.isEnabled()
    form.fields["address"].setText("http://localhost:1/v1")
    form.fields["model"].setText("tiny")
    form.answer()
    assert answers == [{"address": "http://localhost:1/v1", "model": "tiny", "key_env": ""}]
    again = WriterForm(theme, None, settings, [], "A fight.")  # type: ignore[arg-type]  # no window
    qtbot.addWidget(again)
    assert again.remote and again.fields["address"].text() == "http://localhost:1/v1"


def test_a_key_that_is_typed_goes_into_the_keyring_and_no_further(
    qtbot: QtBot,
    theme: Theme,
    tmp_path: Path,
    tab: DataTab,
    run: Run,
    wait: Wait,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(tmp_path / "settings.json")
    answers: list[dict[str, object]] = []
    form = WriterForm(theme, None, settings, [], "A fight.")  # type: ignore[arg-type]  # no window
    qtbot.addWidget(form)
    form.answered.connect(answers.append)
    for name, text in (("address", address), ("model", "tiny")):
        form.fields[name].setText(text)
    form.key.setText(KEY)
    assert form.key.echoMode() is QLineEdit.EchoMode.Password
    assert not form._ok.isEnabled(), "a key needs a name"
    form.fields["key_env"].setText("LOREWRIGHT_TEST_KEY")
    form.answer()
    (told,) = answers
    assert told["key"] == KEY and not form.key.text() and KEY not in (tmp_path / "settings.json").read_text("utf-8")

    kept: list[tuple[str, str]] = []
    sent: list[object] = []
    work = tab.drafting._deeds.run

    async def watched(do: str, **fields: object) -> object:
        sent.append(fields)
        return await work(do, **fields)

    monkeypatch.setattr("studio.ui.data.drafting.keep_secret", lambda name, key: kept.append((name, key)))
    monkeypatch.setattr(tab.drafting._deeds, "run", watched)
    monkeypatch.setenv("LOREWRIGHT_TEST_KEY", KEY)  # the draft is made in a process of its own
    gap = tab.about.missing.gap
    assert gap is not None
    run(wait(tab, lambda: tab.drafting.draft_by(told, gap)))
    assert kept == [("LOREWRIGHT_TEST_KEY", KEY)]
    assert sent and KEY not in repr(sent) and "LOREWRIGHT_TEST_KEY" in repr(sent)
    assert seen[-1] == f"Bearer {KEY}"


def test_a_draft_by_an_address_waits_and_opens_in_write(tab: DataTab, run: Run, wait: Wait, address: str) -> None:
    opened: list[Path] = []
    tab.context.path_opened.connect(opened.append)
    gap = tab.about.missing.gap
    assert gap is not None
    run(wait(tab, lambda: tab.drafting.draft_by({"model": "tiny", "address": address}, gap)))
    job = next(one for one in tab.context.jobs.jobs if one.title == "Drafting for tavern")
    assert job.state.value == "done", job.detail
    (path,) = opened
    assert path.parent == tab.context.workspace.root / "drafts" and "synthetic" in path.read_text("utf-8")
    assert tab.about.words["drafts"].text() == "Drafts 1"
