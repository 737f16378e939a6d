import pytest

from studio.errors import PathMissing
from studio.resources import resource
from studio.rules import Rules
from studio.rules.errors import BadRules


def test_the_shipped_rules_are_read():
    rules = Rules.shipped()
    assert (rules.die, rules.default_dc) == (20, 15)
    assert "initiative" in rules.uncontested
    assert set(rules.uncontested) <= set(rules.skills)
    assert (rules.outcomes.success, rules.outcomes.failure) == ("*SUCCESS*", "*FAILED*")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("die: 20", "die: 1"), "die: "),
        (("die: 20", "die: many"), "die: "),
        (("die: 20", ""), "die: Field required"),
        (("default_dc: 15", "default_dc: 15\nluck: 3"), "luck: "),
        (("outcomes: {", "outcomes: {draw: x, "), "outcomes.draw: "),
        (("uncontested: [", "uncontested: [["), "line "),
    ],
)
def test_rules_that_are_not_usable_say_where(tmp_path, change, reason):
    path = tmp_path / "rules.yaml"
    text = resource("rules.yaml").read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), "utf-8")
    with pytest.raises(BadRules) as caught:
        Rules.load(path)
    assert str(caught.value.fields["reason"]).startswith(reason)


@pytest.mark.parametrize("text", ["", "just words", "[1]", "[" * 3000, "die: !!python/object:os.system x"])
def test_what_is_no_table_of_rules(tmp_path, text):
    (tmp_path / "rules.yaml").write_text(text)
    with pytest.raises(BadRules):
        Rules.load(tmp_path / "rules.yaml")


def test_missing_rules(tmp_path):
    with pytest.raises(PathMissing):
        Rules.load(tmp_path / "none.yaml")
