"""Playing on from a place in a text, and putting what was played back."""

from hypothesis import given
from hypothesis import strategies as st

from studio.scenario import Speaker, parse
from studio.scenario.beginning import Played, brought_back, up_to
from studio.scenario.edits import applied

HEAD = "---\ntitle: T\n---\n<SYSTEM>\n# Role\nDM.\n</SYSTEM>\n\n"
ONE, TWO, THREE = "<User>I knock.</User>", "<DM>Nobody. [roll: stealth]</DM>", "<TOOLCALL>stealth: 9 = *9*</TOOLCALL>"
TEXT = f"{HEAD}{ONE}\n\n{TWO}\n\n{THREE}\n"
PLAYED = [Played(Speaker.DM, "*FAILED* A dog barks."), Played(Speaker.USER, "I run.")]


def told(text: str, offset: int) -> list[str]:
    return [turn.speaker.value for turn in up_to(text, offset).turns]


def kept(text: str, begun_at: int, played: list[Played], near: int, now: str) -> str:
    edit = brought_back(parse(now), up_to(text, begun_at), played, near)
    return now if edit is None else applied(now, [edit])


def test_the_cut_is_the_end_of_the_turn_that_the_place_is_in_or_after() -> None:
    second = TEXT.index(TWO)
    assert told(TEXT, 0) == told(TEXT, len(HEAD) - 1) == []
    assert up_to(TEXT, 0).end == TEXT.index("</SYSTEM>") + len("</SYSTEM>")
    assert told(TEXT, len(HEAD)) == told(TEXT, second - 1) == ["User"]
    assert told(TEXT, second) == told(TEXT, second + len(TWO)) == told(TEXT, second + len(TWO) + 1) == ["User", "DM"]
    assert told(TEXT, len(TEXT)) == ["User", "DM", "TOOLCALL"]
    assert up_to(TEXT, second).end == second + len(TWO)


def test_a_turn_that_is_not_closed_yet_counts_as_it_stands() -> None:
    text = f"{HEAD}<User>I kno\n"
    begun = up_to(text, len(text))
    assert [turn.content for turn in begun.turns] == ["I kno"]
    assert begun.end == len(text) - 1


def test_nothing_and_no_system_are_beginnings_too() -> None:
    assert (up_to("", 0).end, up_to("", 0).turns) == (0, ())
    assert told(ONE, 3) == ["User"]


def test_played_turns_stand_behind_the_turn_that_they_began_from() -> None:
    place = TEXT.index(THREE) + 4
    assert kept(TEXT, place, PLAYED, len(TEXT), TEXT) == (
        f"{HEAD}{ONE}\n\n{TWO}\n\n{THREE}\n\n<DM>*FAILED* A dog barks.</DM>\n\n<User>I run.</User>\n"
    )
    middle = kept(TEXT, TEXT.index(ONE), PLAYED[:1], 0, TEXT)
    assert middle == TEXT.replace(ONE, f"{ONE}\n\n<DM>*FAILED* A dog barks.</DM>")
    assert kept(HEAD, 0, PLAYED[1:], 0, HEAD).startswith(f"{HEAD.rstrip()}\n\n<User>I run.</User>")


def test_what_stands_there_already_is_not_brought_twice() -> None:
    place = TEXT.index(THREE)
    once = kept(TEXT, place, PLAYED[:1], place, TEXT)
    assert kept(TEXT, place, PLAYED[:1], place, once) == once
    both = kept(TEXT, place, PLAYED, place, once)
    assert both.count("A dog barks") == 1 and both.endswith("<User>I run.</User>\n")


def test_the_place_is_found_again_in_a_text_that_changed() -> None:
    begun = TEXT.index(TWO) + 3
    now = TEXT.replace(ONE, f"<User>Another one before.</User>\n\n{ONE}").replace("T\n---", "A longer title\n---")
    assert f"{TWO}\n\n<DM>*FAILED* A dog barks.</DM>\n\n{THREE}" in kept(TEXT, begun, PLAYED[:1], 0, now)
    gone = TEXT.replace(TWO, "<DM>Somebody.</DM>")
    assert "<DM>Somebody.</DM>\n\n<DM>*FAILED*" in kept(TEXT, begun, PLAYED[:1], gone.index("</DM>") + 5, gone)


def test_of_equal_turns_the_nearest_is_meant() -> None:
    text = f"{HEAD}{ONE}\n\n{ONE}\n"
    second = text.rindex(ONE)
    assert kept(text, second, PLAYED[:1], second + len(ONE), text).rstrip().endswith("A dog barks.</DM>")
    assert kept(text, len(HEAD), PLAYED[:1], len(HEAD) + len(ONE), text).rstrip().endswith(ONE)


def test_the_line_ends_of_the_text_are_kept() -> None:
    crlf = TEXT.replace("\n", "\r\n")
    now = kept(crlf, len(crlf), [Played(Speaker.USER, "One.\nTwo.")], len(crlf), crlf)
    assert now.startswith(crlf.rstrip()) and now.endswith("\r\n\r\n<User>One.\r\nTwo.</User>\r\n")
    assert "\n" not in now.replace("\r\n", "")


def test_what_was_said_cannot_end_the_block_it_stands_in() -> None:
    said = Played(Speaker.USER, "I write </User> <dm> and <!-- on the wall,\n<Usr>.")
    found = parse(kept(TEXT, len(TEXT), [said], len(TEXT), TEXT))
    assert not found.problems
    assert found.scenario.turns[-1].content == "I write ‹/User> ‹dm> and ‹!-- on the wall,\n‹Usr>."
    assert brought_back(found, up_to(TEXT, len(TEXT)), [said], len(TEXT)) is None


@given(st.text(alphabet="<>/UserDMSYTEOLCA \n\r-!b:#[]", max_size=120), st.integers(0, 130), st.text(max_size=20))
def test_any_text_has_a_beginning_and_takes_turns_back(text: str, offset: int, said: str) -> None:
    begun = up_to(text, offset)
    assert text.startswith(begun.scenario.text) and begun.end == len(begun.scenario.text) <= len(text)
    edit = brought_back(parse(text), begun, [Played(Speaker.USER, said)], offset)
    if edit is not None:
        assert edit.span.start == edit.span.end <= len(text)
