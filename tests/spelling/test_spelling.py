"""Spelling: what is right stays silent, what is wrong is found, and only in prose."""

import errno
import gzip
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import LorewrightError, NotSaved, NotText, PartMissing, TooLarge, UnreadableFile
from studio.resources import samples
from studio.scenario import Span, Speaker, parse
from studio.spelling import (
    NO_NAMES,
    Dictionary,
    Names,
    Speller,
    WordList,
    dictionary,
    names_of,
    nearness,
    prose,
    wordlist,
)
from studio.spelling.steps import distance
from studio.spelling.wordlist import NotAWord
from studio.workspace.folder import scenario_files

SCENARIO = """---
title: The Bell
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# World
The Vessenlands, below drowned towers.

# Location
The Eel and Anchor at Quillhaven.

# Party

## Wren
- Player Character
- Fenrunner
- Inventory: Shrikeblade (5)
- Home: Mossock
</SYSTEM>

<User>I ask old Hobday about the Tresk road.</User>

<DM>Hobday spits. The road to Quilhaven is gone, says Wrenn.</DM>
"""


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(Dictionary.load())


def wrong(speller: Speller, line: str, known: Names = NO_NAMES, taken: Sequence[Span] = ()) -> list[str]:
    return [line[span.start : span.end] for span in speller.misspelt(line, known, taken)]


# -- words --------------------------------------------------------------------------------------------------

RIGHT = """
You're sure? "It's the goblins' armour," said the neighbour's cousin; we'd've run. The colours were greyish.
She recognised the theatre, travelled on, practised the sabre, and cancelled the licence. Labelled, moulded, gaol.
A tollkeeper unroped the warhammer by torchlight, beside hoofprints and a handbell. Well-worn, half-drowned, twenty-two.
The wyrm's lair. Dwarven halberds, d20, 3rd, x2, file_name, ABC, HP, I, a. Naïve café owners. ’Tis the season, y’all.
"""

WRONG = """accomodate acheive alot arguement becuase beleive cemetary definately dissapear embarass enviroment
existance foriegn goverment grammer happend harrass immediatly independant knowlege maintainance neccessary
noticable occured occurence persue posession priviledge recieve refered rember rythm seperate sieze succesful
suprise tommorow truely untill wierd whispred teh adn thier swrod drakness shoudl wich"""


def test_right_words_stay_silent(speller: Speller) -> None:
    assert [word for line in RIGHT.splitlines() for word in wrong(speller, line)] == []


def test_common_slips_are_found(speller: Speller) -> None:
    slips = WRONG.split()
    assert [slip for slip in slips if not wrong(speller, f"They {slip} it.")] == []


def test_what_was_meant_is_offered(speller: Speller) -> None:
    for slip, meant in (
        ("teh", "the"),
        ("Recieve", "Receive"),
        ("SWROD", "SWORD"),
        ("whispred", "whispered"),
        ("drakness", "darkness"),
        ("goblinz", "goblins"),
        ("accomodatoin", "accommodation"),
        ("alot", "a lot"),
        ("sworrd's", "sword's"),
        ("sworrd’s", "sword's"),
    ):
        assert meant in speller.suggest(slip), slip
    assert speller.suggest("teh")[0] == "the" and len(speller.suggest("becuase")) <= 6
    assert speller.suggest("xqzjvkwpf") == ()


def test_names_are_offered_first(speller: Speller) -> None:
    known = names_of(parse(SCENARIO).scenario)
    assert speller.suggest("Quilhaven", known)[0] == "Quillhaven"


LONG_WORDS = ("charactaristicaly", "transubstansiationallyness" * 3)


def compared(word: str, near: nearness.Nearness, monkeypatch: pytest.MonkeyPatch) -> int:
    """With how many words of the dictionary a word is compared letter by letter, which takes nearly all the time."""
    asked: list[str] = []

    def counted(one: str, other: str, most: int) -> int:
        asked.append(other)
        return distance(one, other, most)

    with monkeypatch.context() as counting:
        counting.setattr(nearness, "distance", counted)
        near.to(word, 6)
    return len(asked)


def test_a_long_word_is_answered_at_once(speller: Speller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trying all edits of such a word, or comparing it with all words, takes seconds: so few are compared."""
    assert speller.suggest(LONG_WORDS[0]) == ("characteristically",)
    assert speller.suggest(LONG_WORDS[1]) == ()
    near = speller.dictionary._near()
    assert all(compared(word, near, monkeypatch) < 100 for word in LONG_WORDS)


def test_without_the_sets_of_letters_a_word_is_compared_with_thousands(
    speller: Speller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: where all words have the same letters, as far as can be told, nothing is left out."""
    with monkeypatch.context() as blind:
        blind.setattr(nearness, "letters", lambda word: 0)
        near = nearness.Nearness(speller.dictionary._uses)
        assert compared(LONG_WORDS[0], near, monkeypatch) > 2000


def test_few_words_of_good_play_are_underlined(speller: Speller) -> None:
    """The samples are full of invented names and British spellings; what is left is words that nobody else uses."""
    found, lines = set(), 0
    for path in scenario_files(samples()):
        scenario = parse(path.read_text("utf-8")).scenario
        known = names_of(scenario)
        for turn in scenario.turns:
            if turn.speaker is not Speaker.TOOLCALL:
                for line in turn.content.splitlines():
                    lines += 1
                    found |= set(wrong(speller, line, known))
    assert lines > 1000 and len(found) < lines / 100, sorted(found)


# -- names --------------------------------------------------------------------------------------------------


def test_the_names_of_a_scenario_are_known(speller: Speller) -> None:
    known = names_of(parse(SCENARIO).scenario, ["Grumbold"])
    line = "Wren's Shrikeblade, a Fenrunner’s; Fenrunners at Quillhaven in the Vessenlands, Mossock, Hobday, Grumbold."
    assert wrong(speller, line, known) == []
    assert wrong(speller, "The Vessenlands") == ["Vessenlands"]


def test_a_slip_in_a_name_is_no_name(speller: Speller) -> None:
    known = names_of(parse(SCENARIO).scenario)
    assert wrong(speller, "The road to Quilhaven is gone, says Wrenn.", known) == ["Quilhaven", "Wrenn"]


def test_names_are_equal_where_the_words_are() -> None:
    first, second = (names_of(parse(text).scenario) for text in (SCENARIO, SCENARIO + "<!-- x -->"))
    assert first == second and hash(first) == hash(second) and first != first | Names(frozenset({"x"}))


# -- prose --------------------------------------------------------------------------------------------------


def test_only_prose_is_looked_at(speller: Speller) -> None:
    for line in (
        "[roll: sleigt_of_hnad dc 12]",
        "[condtion: Wren prnoe]",
        "Say `lorewrigth chekc` and ``teh``.",
        "<UnknwonTag atribute>",
        "See https://exampel.test/teh and www.exampel.test or ann@exampel.test.",
        "d20 x3 snake_casse 3rdd",
        "*SUCCESS*",
    ):
        assert wrong(speller, line) == [], line
    assert wrong(speller, "[roll: stealth] teh `x` wrod") == ["teh", "wrod"]
    assert wrong(speller, "teh wrod teh", taken=(Span(0, 4), Span(9, 12))) == ["wrod"]


def test_places_are_in_code_points(speller: Speller) -> None:
    line = "🐉🐉 teh naïve — “wrod” عمر"
    assert [line[span.start : span.end] for span in speller.misspelt(line)][:2] == ["teh", "wrod"]


HOSTILE = ("[" * 20_000, "`" * 20_000, "<" * 20_000, "'" * 20_000, "a'" * 10_000, "x" * 20_000, "a@" * 10_000)


@pytest.fixture
def asked() -> tuple[Speller, list[str]]:
    """A speller, and the words that its dictionary is asked for."""
    words: list[str] = []

    class Asked(Dictionary):
        def knows(self, word: str) -> bool:
            words.append(word)
            return False

    return Speller(Asked({})), words


def test_of_hostile_lines_only_what_can_be_words_is_asked(speller: Speller, asked: tuple[Speller, list[str]]) -> None:
    """A word's cost grows with the square of its letters, so that none of more than 40 may be asked for."""
    counting, words = asked
    for line in HOSTILE:
        speller.misspelt(line)
        counting.misspelt(line)
    assert all(len(word) <= 40 for word in words) and len(words) <= len(HOSTILE)
    words.clear()
    assert counting.misspelt("abc def " * 2501) == () and not words  # a line past 20,000 letters is left alone
    assert counting.misspelt("abc def " * 2500) and words


def test_what_is_no_prose_is_found_by_bounded_patterns() -> None:
    """So that an attempt at any place of a line costs a constant at most."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "c", prose._NOT_PROSE.pattern)
    assert not re.search(r"[*+]|,\}", bare)


@given(line=st.text(max_size=200), names=st.frozensets(st.text(max_size=8), max_size=4))
def test_any_line_gives_words_in_order(speller: Speller, line: str, names: frozenset[str]) -> None:
    place = 0
    for span in speller.misspelt(line, Names(names)):
        assert place <= span.start < span.end <= len(line)
        assert line[span.start : span.end].strip() == line[span.start : span.end]
        place = span.end
        speller.suggest(line[span.start : span.end], Names(names))


def test_a_line_is_looked_at_once(asked: tuple[Speller, list[str]]) -> None:
    speller, words = asked
    for _time in range(3):
        assert len(speller.misspelt("one two")) == 2
    assert words == ["one", "two"]
    assert speller.misspelt("one two", Names(frozenset({"one"}))) == (Span(4, 7),)
    assert words == ["one", "two"]


LETTERS = st.text("abc", max_size=6)


@given(one=LETTERS, other=LETTERS)
def test_steps_are_counted_both_ways(one: str, other: str) -> None:
    steps = distance(one, other, 9)
    assert steps == distance(other, one, 9) and (steps == 0) == (one == other)
    assert abs(len(one) - len(other)) <= steps <= max(len(one), len(other))
    assert distance(one, other, 1) == steps or (steps > 1 and distance(one, other, 1) == 2)


# -- what is loaded -----------------------------------------------------------------------------------------


def a_library(folder: Path, content: bytes | None) -> None:
    (folder / "spellchecker" / "resources").mkdir(parents=True)
    (folder / "spellchecker" / "__init__.py").write_text("")
    if content is not None:
        (folder / "spellchecker" / "resources" / "en.json.gz").write_bytes(content)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where another word library can be put before the installed one."""
    for name in [name for name in sys.modules if name.split(".")[0] == "spellchecker"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_missing_or_damaged_word_list_is_told(library: Path) -> None:
    a_library(library, None)
    with pytest.raises(PartMissing, match="pyspellchecker"):
        Dictionary.load()
    path = library / "spellchecker" / "resources" / "en.json.gz"
    for content in (b"", b"nonsense", gzip.compress(b"{}x")[:-4], gzip.compress(b"[1]"), gzip.compress(b"\xff{")):
        path.write_bytes(content)
        with pytest.raises(PartMissing):
            Dictionary.load()


def test_another_layout_of_the_word_list_is_read_too(library: Path) -> None:
    a_library(library, gzip.compress(json.dumps({"one": 3, "two": 2}).encode()))
    assert "one" in Dictionary.load()


def test_the_list_is_read_in_parts() -> None:
    """One call on the whole list would hold every other thread for as long as it takes."""
    text = "{\n" + ",\n".join(f'"word{number}": {number}' for number in range(10_000)) + "\n}"
    parts = list(dictionary._slices(text))
    assert len(parts) == 3 and sum(map(len, parts)) == 10_000


def test_a_language_without_rules_of_ours_is_read() -> None:
    german = Speller(Dictionary.load("de"))
    assert wrong(german, "Das Haus ist alt") == [] and wrong(german, "Das Hauss ist alt") == ["Hauss"]


# -- the workspace's words ----------------------------------------------------------------------------------


def test_words_are_added_once_and_the_file_is_kept(tmp_path: Path) -> None:
    words = WordList(tmp_path / "deep" / "words.txt")
    assert words.words() == ()
    assert words.add("Grumbold") == ("Grumbold",)
    assert words.add("d’Arcy") == ("Grumbold", "d'Arcy") == words.add("Grumbold")
    words.path.write_text("\ufeff# mine\r\n\r\n  Ossel  \r\nOssel\r\nno end", "utf-8")
    assert words.words() == ("Ossel", "no end")
    words.add("New")
    assert words.path.read_bytes() == "\ufeff# mine\r\n\r\n  Ossel  \r\nOssel\r\nno end\nNew\n".encode()


def test_what_is_no_word_is_not_added(tmp_path: Path) -> None:
    words = WordList(tmp_path / "words.txt")
    for word in ("", "  ", "a\nb", "a\u2028b", "#x", "x" * 101):
        with pytest.raises(NotAWord):
            words.add(word)
    assert not words.path.exists()


def test_a_list_that_cannot_be_read_is_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = WordList(tmp_path / "words.txt")
    words.path.write_bytes(b"ok\n\xff\n")
    with pytest.raises(NotText):
        words.add("new")
    assert words.path.read_bytes() == b"ok\n\xff\n"
    words.path.write_bytes(b"a" * 2000)
    monkeypatch.setattr(wordlist, "FILE_LIMIT", 1000)
    with pytest.raises(TooLarge):
        words.add("new")
    with pytest.raises(LorewrightError):
        WordList(tmp_path).add("x")
    (tmp_path / "file").write_text("x")
    with pytest.raises((NotSaved, LorewrightError)):
        WordList(tmp_path / "file" / "words.txt").add("x")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ENOSPC])
def test_a_disk_that_refuses_is_told(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = WordList(tmp_path / "words.txt")
    words.add("first")

    def refuse(*_words: object, **_more: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(NotSaved):
            words.add("second")
    assert words.words() == ("first",)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "open", refuse)
        with pytest.raises(UnreadableFile):
            words.add("second")
    assert words.words() == ("first",) and words.add("second") == ("first", "second")
