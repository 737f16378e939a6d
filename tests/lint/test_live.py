"""The check while typing: after any edits, what is shown is what a whole check of the text finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from studio.lint import Diagnostic, check, live, near, table, unfolding
from studio.lint.live import Changes, Live
from studio.lint.replay import Replay
from studio.lint.selection import Selection
from studio.scenario import Parsed, Span, parse
from studio.scenario.splice import Splice

FIXTURES = Path(__file__).parent.parent / "fixtures" / "scenarios"
SHEETS = (
    "<SYSTEM>\n# Role\nr\n# World\nw\n# Location\nl\n# Party\n## Wren\n- Player Character\n- Health: 18/20\n"
    "- Inventory: Ash Bow, silver x3\n- Skills: Stealth +7\n## Tam\n- NPC Companion\n- Health: 3/9\n</SYSTEM>\n"
)
ROLL = (
    "\n<User>I creep past him.</User>\n\n<DM>The boards are old.\n\n[roll: stealth dc 12]</DM>\n\n"
    "<TOOLCALL>stealth: 5 + 7(skill) = *12*</TOOLCALL>\n\n<DM>*SUCCESS* He snores on.</DM>\n"
)
HURT = "\n<User>I pull the thorn out of Tam.</User>\n\n<DM>It hurts.\n\n[damage: Tam 1]</DM>\n"
PIECES = [
    "<User>", "</User>", "<DM>", "</DM>", "<SYSTEM>", "</SYSTEM>", "<TOOLCALL>", "</TOOLCALL>", "<usre>", "</Dm>",
    "<b>", "<!--", "-->", "<!-- lorewright: ignore W -->", "<!-- lorewright: ignore R103, S -->",
    "<!-- lorewright: ignore -->",
    "---\ntitle: a\nplayer: Wren\n---\n", "tilte: x\n", "\n", "\r\n", "\r", "\n\n\n", " ", "\u200b", "“", '"', "TODO",
    SHEETS, ROLL, HURT, "## A\n- Level x\n", "- Health: 9/3\n", "*SUCCESS* So.", "*FAILED* No.",
    "I run to the old mill. ",
    "[roll: stelth for Wrne]", "[damage: Tam 4]", "[take: Wren silver x9]", "[heal: Tam", "damage Tam 3]",
    "[begin combat]",
    "stealth: 3 + 7(skill) = *11*", "perception: 30 = *30*", "You take 4 damage.", "1", "🐉",
]  # fmt: skip
pieces = st.sampled_from(PIECES)
wrong = sorted(path.read_text(encoding="utf-8") for path in FIXTURES.glob("*.wrong.md") if path.name[:4] != "S001")
texts = st.one_of(st.lists(pieces, max_size=14).map("".join), st.sampled_from(wrong))
written = st.one_of(st.lists(pieces, max_size=2).map("".join), st.sampled_from(list("<>/-! \nxUs19[]*“")))
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Typed:
    """An edit as a share of the text, so that it fits any; `settled` are the turns that are looked at after it."""

    place: float
    removed: int
    inserted: str
    settled: int | None

    def within(self, text: str) -> tuple[int, int, str]:
        start = round(self.place * len(text))
        return start, min(self.removed, len(text) - start), self.inserted


typed = st.builds(Typed, st.floats(0, 1), st.sampled_from([0, 0, 1, 1, 2, 30]), written, st.sampled_from([None, 1, 3]))


class Screen:
    """An editor as far as it shows diagnostics: what it shows moves with the text, as Qt's cursors do."""

    def __init__(self, shown: Live) -> None:
        self.live = shown
        self.shown = {mark.key: mark.diagnostic for mark in shown.marks}

    def type(self, start: int, removed: int, inserted: str, settled: int | None = None) -> Changes:
        changes = self.live.edit(start, removed, inserted, defer=True)
        for key in changes.gone:
            del self.shown[key]
        for key, one in self.shown.items():
            self.shown[key] = replace(one, span=moved(one.span, start, removed, len(inserted)))
        self.take(changes)
        if settled is None:
            while self.live.pending:
                self.settle(None)
        else:
            self.settle(settled)
        return changes

    def settle(self, turns: int | None) -> None:
        changes = self.live.settle(turns)
        for key in changes.gone:
            del self.shown[key]
        self.take(changes)

    def take(self, changes: Changes) -> None:
        for mark in changes.new:
            assert mark.key not in self.shown
            self.shown[mark.key] = mark.diagnostic

    def rows(self) -> list[tuple[int, int, str, str]]:
        return rows(self.shown.values())


def moved(span: Span, start: int, removed: int, added: int) -> Span:
    stop, by = start + removed, added - removed
    begin = (
        span.start if span.start < start else span.start + by if span.start >= stop else min(span.start, start + added)
    )
    end = span.end if span.end <= start else span.end + by if span.end >= stop else min(span.end, start + added)
    return Span(begin, max(begin, end))


def rows(found: Iterable[Diagnostic]) -> list[tuple[int, int, str, str]]:
    return sorted((one.span.start, one.span.end, one.code, one.message) for one in found)


def after(text: str, start: int, removed: int, inserted: str) -> str:
    return text[:start] + inserted + text[start + removed :]


def whole(text: str, selection: Selection | None = None) -> tuple[Diagnostic, ...]:
    return tuple(check(parse(text), selection=selection))


def follow(text: str, edits: list[Typed], selection: Selection | None = None) -> None:
    """Makes some edits and holds what is found and what is shown against a whole check after each."""
    screen = Screen(Live(text, selection=selection))
    assert screen.live.diagnostics == whole(text, selection)
    for edit in edits:
        start, removed, inserted = edit.within(text)
        text = after(text, start, removed, inserted)
        screen.type(start, removed, inserted, edit.settled)
        if screen.live.pending:
            continue
        found = whole(text, selection)
        assert screen.rows() == rows(found)
        assert screen.live.diagnostics == found
    assert screen.live.diagnostics == whole(text, selection)
    assert screen.live.parsed == parse(text)


@slow
@given(texts, st.lists(typed, min_size=1, max_size=6))
@example(SHEETS + ROLL * 3 + HURT * 4, [Typed(0.99, 0, "<DM>", 1), Typed(0.3, 30, "", 1), Typed(0.5, 1, "<", None)])
@example(SHEETS + HURT * 6, [Typed(0.2, 1, "9", 1), Typed(0.6, 0, "[damage: Tam 4]", 1), Typed(0.1, 0, "x", None)])
def test_what_is_shown_after_edits_is_what_a_whole_check_finds(text: str, edits: list[Typed]) -> None:
    follow(text, edits)


@settings(slow, max_examples=25)
@given(texts, st.lists(typed, min_size=1, max_size=4), st.sampled_from([("W", "R1"), ("S",), ("T018", "W0")]))
def test_a_selection_of_rules_holds_while_typing(text: str, edits: list[Typed], ignore: tuple[str, ...]) -> None:
    follow(text, edits, Selection(ignore=ignore))


@settings(slow, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(texts, st.lists(typed, min_size=1, max_size=4))
def test_no_rule_speaks_more_often_than_in_a_whole_check(
    monkeypatch: pytest.MonkeyPatch, text: str, edits: list[Typed]
) -> None:
    monkeypatch.setattr(table, "FINDINGS_LIMIT", 2)
    monkeypatch.setattr(live, "FINDINGS_LIMIT", 2)
    follow(text, edits)


QUIET = ["<!-- a\n", "<!-- b -->", "\n\n", "<!-- lorewright: ignore R -->\n", "<!-- lorewright: ignore X999 -->\n"]
quiet = st.lists(st.sampled_from([*QUIET * 3, ROLL, "<DM>", "</DM>", "stray ", "<User>a</User>"]), max_size=40).map(
    "".join
)


@settings(slow, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(quiet, st.lists(typed, min_size=1, max_size=5), st.sampled_from([4, 12]))
def test_long_runs_of_comments_are_checked_where_they_changed_and_all_is_found(
    monkeypatch: pytest.MonkeyPatch, text: str, edits: list[Typed], many: int
) -> None:
    monkeypatch.setattr(near, "_MANY", many)
    monkeypatch.setattr(table, "FINDINGS_LIMIT", 9)
    monkeypatch.setattr(live, "FINDINGS_LIMIT", 9)
    follow(SHEETS + text, edits)


@pytest.mark.parametrize("bounded", [True, False], ids=["as it is", "twin"])
def test_an_edit_among_unclosed_comments_looks_at_few_of_them(monkeypatch: pytest.MonkeyPatch, bounded: bool) -> None:
    text, seen = SHEETS + ROLL + "<!-- a\n" * 3000 + ROLL, list[int]()
    if not bounded:
        monkeypatch.setattr(near, "_MANY", 10**9)
    screen, part = Screen(Live(text)), Splice.part

    def counted(splice: Splice, places: Iterable[int]) -> Parsed:
        chosen = list(places)
        seen.append(len(chosen))
        return part(splice, chosen)

    monkeypatch.setattr(Splice, "part", counted)
    screen.type(len(SHEETS + ROLL) + 7 * 1500, 0, "x")
    assert (sum(seen) < 300) is bounded


STORY = SHEETS + (ROLL + HURT) * 40
BEHIND = len(SHEETS) + len(ROLL + HURT) * 20


def type_word(screen: Screen, place: int, word: str) -> list[Changes]:
    return [screen.type(place + at, 0, key) for at, key in enumerate(word)]


def test_typing_prose_leaves_every_other_squiggle_alone() -> None:
    text = STORY.replace("*12*", "*13*")
    screen = Screen(Live(text))
    held = set(screen.shown)
    assert len(held) > 40
    changes = type_word(screen, text.index("He snores", BEHIND), "Slowly ")
    assert all(not one.gone and not one.new and not one.pending for one in changes)
    assert set(screen.shown) == held
    assert screen.rows() == rows(whole(screen.live.text))


def test_a_squiggle_keeps_its_key_while_its_own_turn_is_typed_in() -> None:
    text = STORY[:BEHIND] + "\n<User>Go.</User>\n\n<DM>On we go.\n\n[damage: Tom 1]</DM>\n" + STORY[BEHIND:]
    screen = Screen(Live(text))
    key = next(key for key, one in screen.shown.items() if one.code == "T004")
    for changes in type_word(screen, text.index("On we go"), "Softly, "):
        assert key not in changes.gone
    assert screen.shown[key].span.start == screen.live.text.index("Tom")


def test_a_changed_wound_is_followed_to_the_end_in_slices() -> None:
    """Health is carried through the story: a number that changes is felt in the last turn, and never all at once."""
    text = SHEETS.replace("3/9", "300/900") + HURT * 300
    screen = Screen(Live(text))
    assert not any(one.code == "R202" for one in screen.shown.values())
    place = text.index("Tam 1]")
    changes = screen.type(place + 4, 1, "30", 1)
    assert changes.pending
    slices = 0
    while screen.live.pending:
        screen.settle(live.TURNS_AT_ONCE)
        slices += 1
    assert slices >= 10
    assert sum(one.code == "R202" for one in screen.shown.values()) == 29
    assert screen.rows() == rows(whole(screen.live.text))


def test_without_going_on_the_last_turns_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: a replay that stops after the turns around the edit misses what the wound does later."""
    text = SHEETS.replace("3/9", "300/900") + HURT * 300
    screen = Screen(Live(text))
    monkeypatch.setattr(unfolding.Unfolding, "_put_off", lambda story, place, state: None)
    screen.type(text.index("Tam 1]") + 4, 1, "30")
    assert screen.rows() != rows(whole(screen.live.text))


def test_another_skill_on_a_sheet_is_felt_in_every_roll() -> None:
    screen = Screen(Live(STORY))
    before = screen.rows()
    place = STORY.index("Stealth +7") + 9
    assert screen.type(place, 1, "6", 1).pending
    screen.settle(None)
    assert sum(one.code == "R103" for one in screen.shown.values()) == 40
    screen.type(place, 1, "7")
    assert screen.rows() == before


LISTED = st.sampled_from(
    ["Stealth +7", "stealth +1", "Perception +4", "slight_of hand +2", "x", "+", "9", ", ", " ", "St", "-", "\n- "]
)
SOURCES = ROLL.replace("7(skill)", "7(perception)") + ROLL.replace("stealth", "Slight of_hand") + ROLL


@slow
@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([0, 0, 1, 3]), LISTED), min_size=1, max_size=8))
def test_other_skills_on_the_sheets_are_felt_where_they_are_named_and_nowhere_else(
    edits: list[tuple[int, int, str]],
) -> None:
    text = SHEETS.replace("- Health: 3/9", "- Health: 3/9\n- Skills: Stealth +2, Arcana +1") + SOURCES + HURT
    start = text.index("- Skills")
    follow(text, [Typed((start + at) / len(text), removed, inserted, 1) for at, removed, inserted in edits])


@pytest.mark.parametrize("holds", [True, False], ids=["as it is", "twin"])
def test_a_renamed_skill_leaves_the_turns_alone_that_do_not_name_it(
    monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    if not holds:
        monkeypatch.setattr(live, "changed_skills", lambda *_casts: None)
    text = SHEETS.replace("Stealth +7", "Stealth +7, Arcana +1") + (ROLL + HURT) * 60
    screen, steps = Screen(Live(text)), list[object]()
    step = Replay.step
    monkeypatch.setattr(Replay, "step", lambda *given: (steps.append(given), step(*given))[1])
    screen.type(text.index("Arcana") + 1, 1, "x")
    assert (len(steps) < 10) is holds
    assert screen.rows() == rows(whole(screen.live.text))


def test_the_world_s_prose_asks_nothing_of_the_turns() -> None:
    screen = Screen(Live(STORY))
    changes = type_word(screen, STORY.index("w\n# Location"), "a wide ")
    assert not any(one.pending for one in changes)
    assert screen.rows() == rows(whole(screen.live.text))


def test_an_edit_looks_at_few_turns_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: the turns that are put together again while a word is typed are the same in any length."""
    counts = []
    for times in (20, 200):
        screen = Screen(Live(SHEETS + (ROLL + HURT) * times))
        seen = 0
        splice = screen.live._splice  # no one else knows how much is put together
        part = splice.part

        def counted(places: Iterable[int], part: Callable[[Iterable[int]], Parsed] = part) -> Parsed:
            nonlocal seen
            chosen = list(places)
            seen += len(chosen)
            return part(chosen)

        monkeypatch.setattr(splice, "part", counted)
        type_word(screen, screen.live.text.index("He snores", len(screen.live.text) // 2), "Slowly ")
        counts.append(seen)
    assert counts[1] <= counts[0] * 1.2


def test_text_of_any_kind_can_be_emptied_and_filled() -> None:
    screen = Screen(Live(""))
    assert screen.rows() == rows(whole(""))
    screen.type(0, 0, STORY)
    assert screen.rows() == rows(whole(STORY))
    screen.type(0, len(STORY), "")
    assert screen.rows() == rows(whole(""))
