"""The report as one page: what stands in it, that nothing runs in it, and that its charts are pictures."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from studio.evaluation.charts import Bar, chart
from studio.evaluation.device_card import card_of
from studio.evaluation.evaluating import Evaluation
from studio.evaluation.html import Html, table, tag
from studio.evaluation.limits import Limit
from studio.evaluation.parity import Calls, Measured, Nearness, ParityReport, ParityStep
from studio.evaluation.plain_words import _write
from studio.evaluation.report import html_of
from studio.evaluation.results import Kept
from studio.evaluation.results import Measured as HeadOf
from studio.evaluation.speed import NAME as SPEED
from studio.evaluation.summary import Figure, PartSummary, Summary
from tests.evaluation.plays import workspace
from tests.evaluation.test_evaluating import _evaluated

_OPEN = ("meta", "line", "circle", "rect")
HOSTILE = "<script>alert(1)</script>\"' onload=x & </style>\x00\x1b"


class Page(HTMLParser):
    """A page's elements and words; an element that is left open or closed twice fails."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self._stack: list[str] = []
        self.feed(text)
        self.close()
        assert self._stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _OPEN:
            self._stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def parity() -> ParityReport:
    near = {"all": Nearness(2048, 0.9, 0.05)}
    calls = Calls(24, 0.7, 0.71, 0.01, -0.02, 0.04)
    step = ParityStep("Q4_K_M", "packed", "F16", Measured(True, None, near, near, calls), (), "a.gguf", "0" * 64)
    return ParityReport("a", "run", "2026-11-22", 3, 2048, 900, (step,))


async def _done(tmp_path: Path) -> Evaluation:
    done, _engines = await _evaluated(workspace(tmp_path), limits=[Limit(figure="tool-calls/f1", at_least=0.9)])
    return done


async def test_it_opens_with_the_sentences_and_the_base_that_is_not_beaten_comes_first(tmp_path: Path) -> None:
    done = await _done(tmp_path)
    text = Page(html_of(done)).text
    for model in done.models:
        places = [text.index(sentence) for sentence in model.openings[0].sentences]
        assert places == sorted(places) and len(places) == 4
        assert places[-1] < text.index("of the calls it made, right"), "the sentences stand before the figures"
    first = done.models[1].openings[0].first
    assert first and text.index(first) < text.index(done.models[1].openings[0].well)


async def test_figures_rivals_groups_failed_cases_and_limits_stand_in_it(tmp_path: Path) -> None:
    done = await _done(tmp_path)
    page = Page(html_of(done))
    for word in ("rival: a keyword rule", "rival: always [", "rival: its base, helped", "by tool", "by skill",
                 "stealth", "1 case failed", "[roll: insight]", "[roll: stealth]", "broken", "kept",
                 "p (McNemar)"):  # fmt: skip
        assert word.lower() in page.text.lower(), word
    figure = done.models[1].summary.parts[0].figures[0]
    assert figure.value == 0.5 and "50% (15% to 85%)" in page.text
    assert page.tags.count("svg") == 1 + sum(len({g.what for g in m.summary.parts[0].groups} - {"scenario"})
                                             for m in done.models)  # fmt: skip


async def test_nothing_runs_in_it_and_nothing_comes_from_elsewhere(tmp_path: Path) -> None:
    page = Page(html_of(await _done(tmp_path)))
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    told = dict(page.attributes)
    assert str(told["content"]) and ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert not [name for name, _value in page.attributes if name.startswith("on") or name in ("src", "style")]
    ways = [value or "" for name, value in page.attributes if name == "href"]
    places = {f"#{value}" for name, value in page.attributes if name == "id"}
    assert ways and set(ways) <= places, "a link leads to a place in the page, and nowhere else"
    assert "url(" not in page.text and "@import" not in page.text
    assert "prefers-color-scheme: dark" in page.text


async def test_what_a_model_says_stays_text(tmp_path: Path) -> None:
    done = await _done(tmp_path)
    bad = done.models[1]
    part, results = next(iter(bad.kept.parts.items()))
    detail = {"line": HOSTILE, "turns": [{"reply": HOSTILE, "reference": HOSTILE}]}
    evil = tuple(replace(one, got=HOSTILE, id=HOSTILE, groups={"type": HOSTILE}, detail=detail) for one in results)
    kept = Kept(bad.kept.path, replace(bad.kept.measured, name=HOSTILE), {part: evil})
    model = replace(bad, kept=kept, summary=replace(bad.summary, measured=kept.measured))
    text = html_of(replace(done, models=(model,)))
    page = Page(text)
    assert "script" not in page.tags and "\x00" not in text and "\x1b" not in text
    assert "<script>alert(1)</script>" in page.text, "a person still reads what came"


def test_without_escaping_it_would_run() -> None:
    """The twin: the same words taken for HTML are an element."""
    assert Page(tag("p", HOSTILE)).tags == ["p"]
    assert "script" in Page(tag("p", Html("<script>alert(1)</script>"))).tags


def test_a_long_answer_is_cut_and_a_table_is_whole() -> None:
    page = Page(table(("a", "b"), [[1, "<b>"], ["x" * 40, 2]], "what"))
    assert page.tags == [
        "div",
        "table",
        "caption",
        "thead",
        "tr",
        "th",
        "th",
        "tbody",
        "tr",
        "td",
        "td",
        "tr",
        "td",
        "td",
    ]
    with pytest.raises(ValueError, match="bad"):
        tag("p", **{"bad name": 1})


async def test_parity_and_devices_stand_in_it_where_they_are_known(tmp_path: Path, starter: Path) -> None:
    done = await _done(tmp_path)
    card = card_of(starter)
    assert card is not None
    page = Page(html_of(done, {"good": parity()}, {"good": card}))
    assert "The chain holds" in page.text and "0.05000" in page.text
    assert "Phone" in page.text and "forecast" in page.text and "not measured" in page.text


def test_a_card_tells_what_is_too_much_and_a_file_that_is_no_model_has_none(starter: Path, tmp_path: Path) -> None:
    card = card_of(starter)
    assert card is not None and card.about.startswith("94 MB on disk, 5.7")
    needed = [float(re.findall(r"([\d.]+) MB", cell)[0]) for cell in card.rows[0][2:5]]
    assert needed == sorted(needed) and needed[0] > 98, "the longer the context, the more"
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF\x03")
    assert card_of(broken) is None


def test_speed_stands_on_the_card_where_a_suite_measured_it(starter: Path) -> None:
    figures = tuple(
        Figure(name, name, value, value, value, 2, unit)
        for name, value, unit in (("first_token", 0.25, "s"), ("generation", 61.5, "tokens/s"), ("peak", 412.0, "MiB"))
    )
    part = PartSummary("speed", SPEED, "Speed", "generation", 2, figures, ())
    card = card_of(starter, Summary(HeadOf("s", "v", 0, "m", "n"), (part,)))
    assert card is not None
    assert card.rows[0][-2:] == ("0.25 s", "61.5 tokens/s") and "measured" in card.rows[0][0]
    assert card.rows[1][-2:] == ("not measured", "not measured"), "nobody measured a phone"
    assert "412 MiB" in card.note


def test_a_chart_is_a_picture_that_can_be_drawn() -> None:
    figures = [Figure("f1", "calls right", 0.5, 0.2, 0.8, 10), Figure("f1", "calls right", None, None, None, 0),
               Figure("f1", "calls right", 1.0, 0.9, 1.0, 10)]  # fmt: skip
    svg = chart("calls <right>", [Bar(f"model <{n}> " + "x" * 60, figure) for n, figure in enumerate(figures)])
    page = Page(svg)
    assert page.tags.count("circle") == 2, "what was not counted has no dot"
    xs = [float(str(value)) for name, value in page.attributes if name == "cx"]
    assert xs == sorted(xs) and 240 < xs[0] < xs[1] <= 670
    assert "…" in page.text


def test_a_number_without_a_share_has_a_scale_of_its_own() -> None:
    page = Page(chart("speed", [Bar("a", Figure("pace", "pace", 40.0, 30.0, 50.0, 5, "tokens/s"))]))
    assert "50" in page.words and "100%" not in page.text and "40 tokens/s (30 to 50)" in page.text


def test_where_no_group_is_large_enough_what_to_write_is_a_sentence_all_the_same() -> None:
    missed = Figure("missed", "missed, of the calls due", 0.5, 0.2, 0.8, 3, less=True)
    part = PartSummary("calls", "tool-calls", "Tool calls", "f1", 3, (missed,), ())
    told = "more turns that get right what goes wrong most often (missed, of the calls due)."
    assert _write(part, None, None) == f"What to write next: {told}"
