"""What an edited text can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.scenario.characters import UNHELD, holdable

ODD = st.text(alphabet=st.sampled_from("ab \n\r\u2028\ufeff\ufffe\U0001f3b2\ud83d\udfb2" + UNHELD), max_size=30)


@pytest.mark.parametrize(
    ("given_text", "held"),
    [
        ("a\u2029b\ufdd0c\ufdd1d", "a\nb\nc\nd"),
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        ("a\0b", "ab"),
        ("a\ud83db\udfb2c", "abc"),
        ("\ud83c\udfb2", "\U0001f3b2"),
        ("line\u2028nb\u00a0 \ufeff\U0001f3b2", "line\u2028nb\u00a0 \ufeff\U0001f3b2"),
    ],
)
def test_paragraph_marks_are_line_ends_and_what_is_no_character_goes(given_text: str, held: str) -> None:
    assert holdable(given_text) == held


@given(ODD)
def test_what_is_held_can_be_written_and_stays_as_it_is(text: str) -> None:
    held = holdable(text)
    assert holdable(held) == held
    assert not set(held) & {*UNHELD, "\r"}
    assert held.encode("utf-8").decode("utf-8") == held
