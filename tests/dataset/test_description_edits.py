"""Changes of a description's text: only the lines concerned are others, and the whole always reads."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from studio.dataset.description import BadDescription, Description
from studio.dataset.description_edits import with_nested, with_setting, with_source, without_source

PATH = Path("tavern.yaml")
TEXT = """# The tavern's data.
format: 1
sources:
  # ours
  - name: scenarios   # written here
    scenarios: scenarios
    note: >
      Folded
      words.
    weight: 5  # gold

  # theirs
  - name: scraped
    file: datasets/scraped.jsonl
    columns: {prompt: q, completion: a}

# how it is looked through
audit:
  spelling: british
split: {validation: 0.2}
"""


def told(text: str) -> Description:
    return Description.model_validate(yaml.safe_load(text))


def lines_that_differ(one: str, other: str) -> set[str]:
    return set(one.splitlines()) ^ set(other.splitlines())


def test_a_weight_changes_its_line_alone() -> None:
    changed = with_setting(TEXT, PATH, "scenarios", "weight", 3)
    assert lines_that_differ(TEXT, changed) == {"    weight: 5  # gold", "    weight: 3  # gold"}
    assert told(changed).sources[0].weight == 3


def test_a_setting_that_is_not_there_gets_a_line_in_its_source() -> None:
    changed = with_setting(TEXT, PATH, "scraped", "licence", "CC0: public")
    assert lines_that_differ(TEXT, changed) == {"    licence: 'CC0: public'"}
    assert told(changed).sources[1].licence == "CC0: public"


def test_a_folded_text_is_replaced_and_a_setting_taken_out() -> None:
    changed = with_setting(TEXT, PATH, "scenarios", "note", "short")
    assert told(changed).sources[0].note == "short" and told(changed).sources[0].weight == 5
    assert told(with_setting(TEXT, PATH, "scenarios", "note", None)).sources[0].note == ""


def test_a_source_comes_after_the_last_and_goes_with_its_lines_only() -> None:
    more = with_source(TEXT, PATH, {"name": "more", "hub": "owner/name@main", "weight": 2})
    assert [one.name for one in told(more).sources] == ["scenarios", "scraped", "more"]
    assert set(TEXT.splitlines()) <= set(more.splitlines())
    assert without_source(more, PATH, "more") == TEXT
    less = without_source(TEXT, PATH, "scenarios")
    assert [one.name for one in told(less).sources] == ["scraped"]
    assert "# ours" in less and "# theirs" in less and "# how it is looked through" in less


def test_a_nested_setting_is_put_under_what_is_there() -> None:
    changed = with_nested(TEXT, PATH, ("audit", "judge", "model"), "models/judge.gguf")
    assert lines_that_differ(TEXT, changed) == {"  judge:", "    model: models/judge.gguf"}
    assert told(changed).audit.judge.model == Path("models/judge.gguf") and told(changed).audit.spelling == "british"
    again = with_nested(changed, PATH, ("audit", "judge", "model"), "models/other.gguf")
    assert told(again).audit.judge.model == Path("models/other.gguf")
    bare = "format: 1\nsources:\n- name: a\n  scenarios: scenarios\n"
    assert told(with_nested(bare, PATH, ("audit", "judge", "model"), "x.gguf")).audit.judge.model == Path("x.gguf")


def test_what_stands_in_brackets_is_written_whole() -> None:
    text = "format: 1\nsources: [{name: a, scenarios: scenarios}]\n"
    changed = with_setting(text, PATH, "a", "weight", 4)
    assert told(changed).sources[0].weight == 4
    changed = with_source(changed, PATH, {"name": "b", "file": "b.jsonl"})
    assert [one.name for one in told(changed).sources] == ["a", "b"]
    assert [one.name for one in told(without_source(changed, PATH, "a")).sources] == ["b"]


def test_a_change_that_would_break_the_whole_is_refused() -> None:
    with pytest.raises(BadDescription, match="scraped"):
        with_source(TEXT, PATH, {"name": "scraped", "file": "again.jsonl"})
    with pytest.raises(BadDescription):
        with_setting(TEXT, PATH, "scraped", "weight", 0)
    with pytest.raises(BadDescription):
        without_source("format: 1\nsources:\n- name: a\n  scenarios: scenarios\n", PATH, "a")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60), st.sampled_from(["note", "licence"]))
def test_any_words_come_back(words: str, setting: str) -> None:
    changed = with_setting(TEXT, PATH, "scraped", setting, words)
    assert getattr(told(changed).sources[1], setting) == words
    assert set(TEXT.splitlines()) <= set(changed.splitlines())
