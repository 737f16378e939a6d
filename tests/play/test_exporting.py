"""A session as Markdown, as a page and as rows: all of it is there, and nothing of it is markup or code."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from studio.dataset.description import SourceSettings
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Row
from studio.dataset.sources import read_source
from studio.play.exporting import as_html, as_markdown, as_rows, rows_text
from studio.play.log import SessionFile
from studio.play.ratings import Ratings
from studio.play.reading import read_book, sessions_in
from studio.play.records import SessionHeader
from studio.play.session import Session
from studio.rules import HandChange
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import session_of

TEXT = """---
title: The <Weir> & you
player: Wren
---
<SYSTEM>
# Party

## Wren
- Player Character
- Health: 20/26
- Skills: Stealth +6
</SYSTEM>
"""
NASTY = '<script>alert(1)</script> # no *heading* "quoted"'


@pytest.fixture
def played(tmp_path: Path) -> Session:
    header = SessionHeader(scenario=TEXT, model="abc", name="tuned", seed=4)
    file = SessionFile(tmp_path / "sessions" / "one.jsonl", header)
    session = Session(scenario=parse(TEXT).scenario, header=header, file=file)
    session.insert(None, "User", NASTY)
    reply = session.insert(session.tip, "DM", "It is late. [roll: stealth dc 1]")
    session.insert(session.tip, "DM", "*SUCCESS* You pass.")
    session.hand(HandChange(who="Wren", field="health", delta=-4))
    session.insert(session.tip, "User", "On.")
    last = session.insert(session.tip, "DM", "The end.")
    session.mark(reply, "bad")
    session.correct(last, "No end.")
    session.rate(Ratings(fun="yes", again="no"))
    return session


class Tags(HTMLParser):
    """What elements a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _value in attrs)


def test_a_page_has_all_and_nothing_in_it_runs(played: Session) -> None:
    page = as_html(played)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.names and "&lt;script&gt;" in page and "default-src &#x27;none&#x27;" not in page
    assert "Content-Security-Policy" in page and "The &lt;Weir&gt; &amp; you" in page
    for words in ("tuned, seed 4", "*SUCCESS* You pass.", "marked bad", "should say: No end.", "16/26", "Was it fun?"):
        assert words in page
    assert 'class="turn dice success"' in page


def test_without_escaping_the_page_would_run_it(played: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.play.exporting._escaped", lambda text: text)
    tags = Tags()
    tags.feed(as_html(played))
    assert "script" in tags.names


def test_markdown_shows_the_words_as_they_are(played: Session) -> None:
    shown = MarkdownIt().render(as_markdown(played))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; # no *heading*" in shown
    assert shown.count("<h1>") == 1 and "*SUCCESS* You pass." in shown
    assert "16/26" in shown and "should say: No end." in shown


def test_rows_are_read_by_the_data_set_and_what_was_disliked_is_not_learnt(played: Session, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(rows_text(played), encoding="utf-8")
    source = SourceSettings.model_validate({"name": "rows", "file": "rows.jsonl"})
    rows = [one for one in read_source(source, Reading(tmp_path)) if isinstance(one, Row)]
    assert [row.kind for row in rows] == [Kind.CHAT, Kind.PREFERENCE]
    talk, pair = rows
    answers = [(one.content.split()[0], one.trained) for one in talk.messages if one.role == "assistant"]
    assert answers == [("It", False), ("*SUCCESS*", True), ("The", False)]
    assert (pair.answer, pair.rejected) == ("No end.", "The end.")
    assert [one.role for one in pair.messages] == [one.role for one in talk.messages]
    assert all(set(row) <= {"messages", "chosen", "rejected"} for row in as_rows(played))


def test_a_session_is_looked_at_without_a_change_and_listed(played: Session, tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "one.jsonl"
    with path.open("ab") as stream:
        stream.write(b'{"torn')
    before = path.read_bytes()
    book = read_book(path)
    assert book.damage is not None and [node.text for node in book.path()] == [node.text for node in played.path()]
    assert book.party == played.party
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (tmp_path / "sessions" / "none.jsonl").write_text(json.dumps({"format": 7}))
    listed = sessions_in(tmp_path / "sessions")
    assert [(one.name, one.title, one.model, one.turns) for one in listed] == [
        ("none", "none", "", 0),
        ("one", "The <Weir> & you", "tuned", 5),
    ]
    assert "is not a session" in listed[0].trouble and "damaged" in listed[1].trouble
    assert sessions_in(tmp_path / "sessions", most=1) == listed[:1]
    assert path.read_bytes() == before and list(path.parent.glob("*.damaged")) == []
    assert sessions_in(tmp_path / "nowhere") == []


def test_what_nobody_played_is_not_said_to_be_played_with_a_model() -> None:
    for name, told in (("imported from st.jsonl", "A talk imported from st.jsonl, seed 4."), ("", "without a model")):
        header = SessionHeader(scenario=TEXT, name=name, model="", seed=4)
        assert told in as_markdown(Session(scenario=parse(TEXT).scenario, header=header))


def test_dice_say_whose_they_are_and_what_they_come_to() -> None:
    session = session_of()
    session.insert(None, "User", "I give *19* pence.")
    session.insert(session.tip, "DM", "Late. [roll: stealth dc 1]")
    session.act(Deed("begin"))
    page, text = as_html(session), as_markdown(session)
    for who, skill in (("Wren", "stealth"), ("Wren", "initiative"), ("Bog Brigand", "initiative")):
        assert re.search(rf'<div class="who">{who}</div>{skill}: .* = <b>[0-9]+</b></div>', page)
        assert re.search(rf"^> \*\*{who}\*\* {skill}: .* = \*\*[0-9]+\*\*$", text, re.MULTILINE)
    assert "I give *19* pence." in page and r"I give \*19\* pence." in text


@pytest.mark.parametrize(("seed", "went"), [(3, "success"), (1, "failure")])
def test_the_dice_of_a_blow_say_how_it_went(seed: int, went: str) -> None:
    session = session_of(seed=seed)
    session.act(Deed("begin"))
    while session.party.combat.whose != "Wren":
        session.act(Deed("next"))
    session.act(Deed("attack", "Wren", "Bog Brigand"))
    page = as_html(session)
    assert re.search(rf'<div class="turn dice {went}"><div class="who">Wren</div>attack: ', page)
    assert page.count("turn dice ") == 1
