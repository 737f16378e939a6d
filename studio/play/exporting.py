"""Owns a session as a text for others: Markdown, one safe HTML file, or rows to train on. Knows no file and no engine.

What was typed or generated is never markup of the file it stands in.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from studio.chat import joined
from studio.chat.messages import ASSISTANT, SYSTEM
from studio.language import _
from studio.play.book import Book
from studio.play.context import message_of
from studio.play.ratings import ANSWERS, QUESTIONS
from studio.play.records import Node
from studio.play.standing import sheets
from studio.play.throwers import thrower

_TOTAL = re.compile(r"(?<!\w)\*(-?[0-9]+)\*(?!\w)")
"""What dice come to, as the `*14*` of a result."""
_TOTAL_PLAIN = re.compile(r"(?<!\w)\\\*(-?[0-9]+)\\\*(?!\w)")
_DICE = ("TOOLCALL", "throw")
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p, div { white-space: pre-wrap; overflow-wrap: anywhere; }
.about, .step { opacity: .75; font-size: .9rem; }
.turn { margin: .75rem 0; padding: .5rem .8rem; border-radius: .6rem; border: 1px solid #8886; }
.user { background: #4a7bd420; } .who { font-weight: 600; font-size: .85rem; opacity: .8; }
.dice { border-left: .25rem solid #4a7bd4; } .success { border-color: #2e8b57; } .failure { border-color: #c0392b; }
.mark { font-size: .85rem; font-style: italic; }
table { border-collapse: collapse; } td, th { border: 1px solid #8886; padding: .2rem .6rem; text-align: left; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Line:
    """One turn or step as it is shown: its kind, who speaks, what, and what a person found of it.

    `outcome` is of dice: success, failure, or empty where nothing was at stake; `thrower` says whose they are.
    """

    kind: str
    who: str
    text: str
    mark: str = ""
    corrected: str = ""
    outcome: str = ""
    thrower: str = ""

    @property
    def called(self) -> str:
        """Who speaks, or what kind of step it is."""
        if self.thrower:
            return _("Result, {who}").format(who=self.thrower)
        words = {"TOOLCALL": _("Result"), "act": _("Fight"), "throw": _("Dice"), "hand": _("By hand")}
        return self.who or words.get(self.kind, self.kind)


def lines(book: Book) -> Iterator[Line]:
    """What is shown of a session, in order."""
    for node in book.steps():
        mark = book.tree.marks.get(node.id, "")
        corrected = book.tree.corrections.get(node.id, "")
        yield Line(node.kind, _who(book, node), node.text, mark, corrected, _outcome(book, node), thrower(book, node))


def _on_a_page(book: Book) -> Iterator[Line]:
    """What is shown, as a page tells it: what an act came to after its dice, and once."""
    held = None
    for node, line in zip(book.steps(), lines(book), strict=True):
        asks = node.ruled and book.state(node.id).telling is not None
        if held is not None and not asks and node.kind != "TOOLCALL":
            if not (node.ruled and held.text in line.text):
                yield held
            held = None
        if node.kind == "act":
            held = line
        else:
            yield line
    if held is not None:
        yield held


def _who(book: Book, node: Node) -> str:
    if node.speaker:
        return node.speaker
    if node.kind == "User":
        return book.scenario.player or _("Player")
    return _("Narrator") if node.kind == "DM" else ""


def _outcome(book: Book, node: Node) -> str:
    if node.kind != "TOOLCALL":
        return ""
    words, told = book.rules.outcomes, book.state(node.id).opening
    return "success" if told.startswith(words.success) else "failure" if told.startswith(words.failure) else ""


def title_of(book: Book) -> str:
    """What a session is called: the title of its scenario."""
    return str(book.scenario.metadata.get("title") or _("A session"))


def _about(book: Book) -> str:
    if not book.model_name:
        return _("Played without a model, seed {seed}.").format(seed=book.seed)
    about = _("Played with {model}, seed {seed}.") if book.model else _("A talk {model}, seed {seed}.")
    return about.format(model=book.model_name, seed=book.seed)


# -- Markdown


def as_markdown(book: Book) -> str:
    """A session as Markdown."""
    parts = [f"# {_plain(title_of(book))}", f"*{_plain(_about(book))}*"]
    parts += [_markdown(line) for line in _on_a_page(book)]
    parts += [f"## {_('The sheets')}", *_sheets_markdown(book)]
    rated = _ratings(book)
    if rated:
        parts += [f"## {_('What the players said')}", "\n".join(f"- {_plain(q)} {_plain(a)}" for q, a in rated)]
    return "\n\n".join(parts) + "\n"


def _markdown(line: Line) -> str:
    text = _plain(line.text)
    if line.kind in ("User", "DM"):
        shown = f"**{_plain(line.who)}:** {text}" if line.kind == "User" else text
    else:
        text = _TOTAL_PLAIN.sub(r"**\1**", text) if line.kind in _DICE else text
        who = f"**{_plain(line.thrower)}** " if line.thrower else ""
        shown = "\n".join(f"> {one}" for one in f"{who}{text}".split("\n"))
    remarks = [_plain(remark) for remark in _remarks(line)]
    return "\n\n".join([shown, *(f"*({remark})*" for remark in remarks)])


def _sheets_markdown(book: Book) -> Iterator[str]:
    for name, fields in sheets(book.party).items():
        told = "; ".join(f"{key}: {value}" for key, value in fields.items())
        yield f"- **{_plain(name)}** {_plain(told)}".rstrip()


def _plain(text: str) -> str:
    """Words as words, whatever signs are among them."""
    return _MARKUP.sub(r"\\\1", text.strip())


def _remarks(line: Line) -> Iterator[str]:
    if line.mark:
        yield _("marked good") if line.mark == "good" else _("marked bad")
    if line.corrected:
        yield _("should say: {text}").format(text=line.corrected)


def _ratings(book: Book) -> list[tuple[str, str]]:
    rate = book.tree.ratings
    if rate is None:
        return []
    return [(_(QUESTIONS[name]), _(ANSWERS[answer])) for name, answer in rate.ratings.answered.items()]


# -- HTML


def as_html(book: Book) -> str:
    """A session as one HTML file, which loads and runs nothing."""
    title = _escaped(title_of(book))
    body = [f"<h1>{title}</h1>", f'<p class="about">{_escaped(_about(book))}</p>', *map(_html, _on_a_page(book))]
    body += [f"<h2>{_escaped(_('The sheets'))}</h2>", _sheets_html(book)]
    rated = _ratings(book)
    if rated:
        items = "".join(f"<li>{_escaped(question)} <b>{_escaped(answer)}</b></li>" for question, answer in rated)
        body += [f"<h2>{_escaped(_('What the players said'))}</h2>", f"<ul>{items}</ul>"]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style>"
    )
    return f"<!doctype html>\n<html><head>{head}</head><body>\n" + "\n".join(body) + "\n</body></html>\n"


_CLASSES = {"User": "turn user", "DM": "turn dm", "TOOLCALL": "turn dice"}


def _html(line: Line) -> str:
    name = " ".join(filter(None, (_CLASSES.get(line.kind, "step"), line.outcome)))
    speaks = line.who or line.thrower
    who = f'<div class="who">{_escaped(speaks)}</div>' if speaks else ""
    text = _escaped(line.text)
    text = _TOTAL.sub(r"<b>\1</b>", text) if line.kind in _DICE else text
    remarks = "".join(f'<div class="mark">{_escaped(remark)}</div>' for remark in _remarks(line))
    return f'<div class="{name}">{who}{text}{remarks}</div>'


def _sheets_html(book: Book) -> str:
    rows = []
    for name, fields in sheets(book.party).items():
        told = "; ".join(f"{key}: {value}" for key, value in fields.items())
        rows.append(f"<tr><th>{_escaped(name)}</th><td>{_escaped(told)}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _escaped(text: str) -> str:
    return html.escape(text.strip(), quote=True)


# -- rows to train on


def as_rows(book: Book) -> Iterator[dict[str, object]]:
    """A session as rows that `lorewright data` and other programs read: the talk, then a row a correction.

    Replies that a scenario told, that were marked bad or were corrected have the weight 0: they are read, not learnt.
    """
    path = book.path()
    last = max((place for place, node in enumerate(path) if node.kind == "DM"), default=-1)
    messages: list[dict[str, object]] = [dict(one) for one in _system(book)]
    aside = unlearnt(book)
    for place, node in enumerate(path[: last + 1]):
        message = message_of(node, place)
        role, content = message.role, message.content
        known = node.told or node.id in aside
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] = f"{messages[-1]['content']}\n\n{content}"
        else:
            messages.append({"role": role, "content": content})
        if role == ASSISTANT and known:
            messages[-1]["weight"] = 0
    if any(one["role"] == ASSISTANT and "weight" not in one for one in messages):
        yield {"messages": messages}
    for node in path:
        if node.id in book.tree.corrections:
            yield _preference(book, node)


def unlearnt(book: Book) -> frozenset[int]:
    """The replies that a person does not want to be learnt as they are, and those of which nobody told a word."""
    bad = {node for node, verdict in book.tree.marks.items() if verdict == "bad"}
    return frozenset(bad | set(book.tree.corrections) | _only_ruled(book))


def _only_ruled(book: Book) -> set[int]:
    """The narrator's turns that the rules alone wrote for a step: calls and outcome words, with no telling beside."""
    found = set[int]()
    for kind, group in groupby(book.path(), key=lambda node: node.kind):
        turns = list(group)
        if kind == "DM" and all(node.ruled for node in turns):
            found.update(node.id for node in turns)
    return found


def _system(book: Book) -> list[dict[str, object]]:
    system = book.scenario.system
    return [{"role": SYSTEM, "content": system.content.strip()}] if system is not None else []


def _preference(book: Book, node: Node) -> dict[str, object]:
    spoken = joined(message_of(one, place) for place, one in enumerate(book.path(node.parent)))
    messages = [*_system(book), *({"role": one.role, "content": one.content} for one in spoken)]
    return {"messages": messages, "chosen": book.tree.corrections[node.id], "rejected": node.text}


def rows_text(book: Book) -> str:
    """The rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in as_rows(book))
