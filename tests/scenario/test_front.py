"""Front matter: plain values with spans, and limits that hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.scenario import ProblemKind, Span
from studio.scenario.front import DEPTH_LIMIT, NODE_LIMIT, SIZE_LIMIT, FrontMatter, read_front


def read(source: str, before: str = "---\n") -> FrontMatter:
    return read_front(before + source, Span(len(before), len(before) + len(source)))


def test_plain_values_and_where_they_stand() -> None:
    source = "title: The 🐉 Toll\ntags: [river, bargain]\nweight: 1.5\nseed: 7\nopen: yes\nnone:\n"
    front = read(source)
    assert front.values == {
        "title": "The 🐉 Toll",
        "tags": ["river", "bargain"],
        "weight": 1.5,
        "seed": 7,
        "open": True,
        "none": None,
    }
    text = "---\n" + source
    spans = {key: (text[a.start : a.end], text[b.start : b.end]) for key, (a, b) in front.spans.items()}
    assert spans["title"] == ("title", "The 🐉 Toll")
    assert spans["tags"] == ("tags", "[river, bargain]")
    assert spans["seed"] == ("seed", "7")


def test_dates_infinities_and_objects_stay_text() -> None:
    source = "a: 2020-01-01\nb: .inf\nc: 0x1F\nd: !!python/object:os.system x\ne: 1:30\nf: !!binary aGk=\n"
    values = read(source).values
    assert values == {"a": "2020-01-01", "b": ".inf", "c": "0x1F", "d": "x", "e": "1:30", "f": "aGk="}
    json.dumps(values, allow_nan=False)


@pytest.mark.parametrize(
    "source",
    [
        "title: [a",
        "- a\n- b",
        "just words",
        "a: b: c",
        "a: &x 1\nb: *x",
        "a: 1\n--- \nb: 2",
        "a: " + "[" * (DEPTH_LIMIT + 2) + "]" * (DEPTH_LIMIT + 2),
        "a: " + "[" * 30_000,
        "a: [" + "1, " * NODE_LIMIT + "1]",
        "a: " + "x" * SIZE_LIMIT,
        "a: \0",
        "\t- a",
        "a: " + "9" * 5000 + "\n[",
    ],
)
def test_what_is_refused_is_one_problem_inside_the_front_matter(source: str) -> None:
    front = read(source)
    assert [problem.kind for problem in front.problems] == [ProblemKind.FRONT_BROKEN]
    assert 4 <= front.problems[0].span.start <= front.problems[0].span.end <= 4 + len(source)
    assert front.problems[0].fields["reason"]


def test_the_limits_themselves_are_allowed() -> None:
    assert read("a: " + "[" * (DEPTH_LIMIT - 1) + "]" * (DEPTH_LIMIT - 1)).problems == []
    assert read("a: [" + "1, " * (NODE_LIMIT - 4) + "1]").problems == []


def test_a_repeated_key_is_told_and_the_last_one_counts() -> None:
    front = read("a: 1\na: 2\n")
    assert front.values == {"a": 2}
    assert [(p.kind, p.fields) for p in front.problems] == [(ProblemKind.FRONT_REPEATED, {"key": "a"})]


@given(st.text(alphabet="ab:[]{}&*!-? \n\t'\"#,|>%@`0.\\é🐉\r\x00", max_size=40))
def test_any_text_gives_json_values_or_a_problem(source: str) -> None:
    front = read(source)
    json.dumps(front.values, allow_nan=False)
    for key, value in front.spans.values():
        assert 4 <= key.start <= key.end <= 4 + len(source)
        assert 4 <= value.start <= value.end <= 4 + len(source)


_WORDS = ("title", "y", "no", "on", "Null", "a b", "it’s", "it's", " ", ":", "[a, b]", "[no, a]", "-", ",", "a #b", "1")


@given(
    st.lists(st.tuples(st.sampled_from(("title", "tags", "on", "a")), st.lists(st.sampled_from(_WORDS))), max_size=3)
)
def test_plain_lines_are_read_as_yaml_reads_them(lines: list[tuple[str, list[str]]]) -> None:
    source = "".join(f"{key}: {''.join(words)}\n" for key, words in lines)
    whole, span = "---\n" + source, Span(4, 4 + len(source))
    quick, slow = read_front(whole, span), FrontMatter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio.scenario.front._plain", lambda _text, _content: None)
        slow = read_front(whole, span)
    assert (quick.values, quick.spans, quick.problems) == (slow.values, slow.spans, slow.problems)
