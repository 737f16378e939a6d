"""Every bad file opens in the tab: shown or locked with the reason, never a crash, never rewritten."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.files import TEXT_LIMIT
from studio.lint import Edit
from studio.scenario import Span
from studio.scenario.pasting import as_turns
from studio.ui.context import Context
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab

LONG = 60_000

Opened = Callable[[WriteTab, Path], Page]

LOCKED = {
    "cut in the middle of a letter": ("<DM>caf\u00e9".encode()[:-1], "UTF-8"),
    "Latin-1": (b"<DM>caf\xe9</DM>", "UTF-8"),
    "UTF-16": ("<DM>x</DM>".encode("utf-16"), "UTF-8"),
    "NUL": (b"<DM>a\x00b</DM>", "control marks"),
    "past the limit": (b"a line of many\n" * (TEXT_LIMIT // 15 + 1), "first MiB"),
    "a line of 1 MB": (b"<DM>" + b"x" * 1_000_000 + b"</DM>", "so long"),
    "100,000 nested brackets": (b"<DM>" + b"[" * 100_000 + b"]" * 100_000 + b"</DM>", "so long"),
}

SOUND = {
    "empty": b"",
    "cut off": b"---\ntitle: x\n---\n<SYSTEM>\n# Role\n<DM>and th",
    "a mark and Windows line ends": "\ufeff<DM>one\r\ntwo</DM>\r\n".encode(),
    "mixed line ends": b"<DM>one\r\ntwo\nthree\rfour</DM>\r\n",
    "old Mac line ends": b"<DM>one\rtwo</DM>\r",
    "right to left": "<DM>\u202eשלום עולם\u202c \u200f</DM>\n".encode(),
    "emoji": "<DM>\U0001f3b2\U0001f468\u200d\U0001f469\u200d\U0001f467 rolls</DM>\n".encode(),
    "nested brackets in lines": b"<DM>" + b"[\n" * 2000 + b"]\n" * 2000 + b"</DM>",
}


@pytest.fixture
def tab(made_tab: Callable[[], WriteTab]) -> WriteTab:
    return made_tab()


def written(context: Context, content: bytes) -> Path:
    path = context.workspace.scenarios / "mixed" / "odd.md"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def settled(qtbot: QtBot, page: Page) -> None:
    qtbot.waitUntil(lambda: not page.editor.filling and not page._background.busy, timeout=LONG)


@pytest.mark.parametrize("name", LOCKED)
def test_what_cannot_be_edited_safely_is_locked_with_the_reason_and_stays_as_it_is(
    qtbot: QtBot, tab: WriteTab, opened: Opened, context: Context, name: str
) -> None:
    content, reason = LOCKED[name]
    path = written(context, content)
    page = opened(tab, path)
    settled(qtbot, page)
    assert page.editor.isReadOnly() and page.text(), "what can be shown is shown"
    assert page._notice is not None and reason in (page.document.locked or reason)
    if page.document.code is not None:
        qtbot.waitUntil(lambda: page.document.code in [row.code for row in context.problems.rows], timeout=LONG)
    qtbot.keyClicks(page.editor, "x")
    assert tab.pages.save() and tab.save_all()
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", SOUND)
def test_what_is_only_odd_can_be_typed_in_and_saved_without_changing_anything_else(
    qtbot: QtBot, tab: WriteTab, opened: Opened, context: Context, name: str
) -> None:
    content = SOUND[name]
    path = written(context, content)
    page = opened(tab, path)
    settled(qtbot, page)
    assert not page.editor.isReadOnly()
    page.mark_saved(False)
    assert tab.pages.save() and path.read_bytes() == content
    page.editor.insertPlainText("x")
    assert tab.pages.save()
    mark = "\ufeff".encode() if content.startswith("\ufeff".encode()) else b""
    assert path.read_bytes() == mark + b"x" + content.removeprefix(mark)


def test_a_file_that_is_locked_can_be_read_by_nobody_and_the_tab_says_why(
    qtbot: QtBot, tab: WriteTab, opened: Opened, context: Context
) -> None:
    path = written(context, b"<DM>mine</DM>")
    path.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        page = opened(tab, path)
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
    assert page.editor.isReadOnly() and page._notice is not None and page.document.locked is not None
    path.chmod(0o644)
    assert path.read_bytes() == b"<DM>mine</DM>"


@pytest.mark.parametrize("pasted", [True, False], ids=["as turns", "by any code"])
def test_what_code_puts_in_never_locks_the_file(tab: WriteTab, context: Context, opened: Opened, pasted: bool) -> None:
    odd = "one\u2029two\ufdd0\ufdd1three\0\r\ud83d four"
    path = written(context, b"")
    page = opened(tab, path)
    talk = as_turns(json.dumps([{"role": "user", "content": odd}, {"role": "assistant", "content": "well"}]))
    assert talk is not None
    page.editor.apply((Edit(Span(0, 0), talk.text if pasted else f"<User>{odd}</User>"),))
    text = page.editor.text()
    assert text == page.editor.document().toRawText().replace("\u2029", "\n")
    assert text.startswith("<User>one\ntwo\n\nthree\n")
    assert tab.pages.save()
    tab.pages.close_page(page)
    again = opened(tab, path)
    assert again.document.locked is None and again.text() == text
