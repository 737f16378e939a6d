"""The text beside Qt's is the text, and offsets are right both ways."""

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.write.mirror import Mirror

TEXT = st.text(alphabet=st.sampled_from("ab\n\U0001f3b2é漢\U0001f409"), max_size=30)


def qt(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(TEXT, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), TEXT), max_size=12))
def test_edits_give_the_text_and_offsets_go_both_ways(text: str, edits: list[tuple[int, int, str]]) -> None:
    mirror = Mirror(text)
    for place, long, inserted in edits:
        start = min(place, len(text))
        end = min(start + long, len(text))
        change = mirror.edit(qt(text[:start]), qt(text[start:end]), inserted)
        after = text[:start] + inserted + text[end:]
        assert (change is None) == (after == text)
        if change is not None:
            assert text[: change.start] + change.inserted + text[change.start + change.removed :] == after
            assert change.at == qt(text[: change.start])
            assert change.cut == qt(text[change.start : change.start + change.removed])
            assert change.put == qt(change.inserted)
        text = after
        assert mirror.text == text
        assert mirror.qt_length == qt(text)
        for offset in range(len(text) + 1):
            assert mirror.to_qt(offset) == qt(text[:offset])
            assert mirror.from_qt(mirror.to_qt(offset)) == offset


def test_only_what_differs_is_a_change() -> None:
    mirror = Mirror("one two three")
    change = mirror.edit(0, 13, "one 2 three")
    assert change is not None and (change.start, change.removed, change.inserted) == (4, 3, "2")
    assert mirror.edit(0, 5, "one 2") is None
