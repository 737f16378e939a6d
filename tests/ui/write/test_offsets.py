from hypothesis import given
from hypothesis import strategies as st

from studio.ui.write.offsets import Offsets


@given(st.text(alphabet=st.sampled_from("aé\U0001f3b2漢\n")))
def test_offsets_are_those_of_utf_16_and_come_back(text: str) -> None:
    offsets = Offsets(text)
    for place in range(len(text) + 1):
        units = len(text[:place].encode("utf-16-le")) // 2
        assert offsets.to_qt(place) == units
        assert offsets.from_qt(units) == place
