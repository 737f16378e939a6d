"""From scenarios to examples: what is trained, cut, held out and refused, with nothing lost on the way."""

from itertools import pairwise
from pathlib import Path

import pytest

from studio.chat import ChatTemplate
from studio.dataset import Example, NothingToTrain, examples_of, gather
from studio.gguf.chat import template_of
from studio.gguf.reader import Gguf
from studio.gguf.tokeniser import VocabularyTokeniser, tokeniser_of
from studio.scenario import parse

SHEET = """<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health: 24/26
- Skills: Stealth +6
</SYSTEM>
"""
ONE = SHEET + "\n<User>I keep low and slip past.</User>\n\n<DM>The lamp swings.\n\n[roll: stealth]</DM>\n"
RESULT = "\n<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>\n\n<DM>*SUCCESS* Reeds close behind you.</DM>\n"
LINE = "\n<User>Again, {n}, I keep low.</User>\n\n<DM>Mud and cold, and the lamp again.\n\n[roll: stealth]</DM>\n"
LONG = SHEET + "".join(LINE.format(n=n) + RESULT for n in range(12))


@pytest.fixture(scope="module")
def tokeniser(starter: Path) -> VocabularyTokeniser:
    """The starter's."""
    with Gguf(starter) as gguf:
        return tokeniser_of(gguf)


@pytest.fixture(scope="module")
def template(starter: Path) -> ChatTemplate:
    """The starter's."""
    with Gguf(starter) as gguf:
        return template_of(gguf)


def trained_text(example: Example, tokeniser: VocabularyTokeniser) -> str:
    """What an example trains on."""
    return tokeniser.decode([token for token, on in zip(example.ids, example.mask, strict=True) if on])


def test_one_scenario_is_one_example(template: ChatTemplate, tokeniser: VocabularyTokeniser) -> None:
    made, refused = examples_of(parse(ONE + RESULT).scenario, template, tokeniser, 2048)
    assert refused == []
    assert len(made) == 1
    assert made[0].turns == (0, 4)
    assert trained_text(made[0], tokeniser) == (
        "The lamp swings.\n\n[roll: stealth]<|im_end|>*SUCCESS* Reeds close behind you.<|im_end|>"
    )


def test_decisive_are_the_ids_of_calls_and_of_the_end_of_turns(
    template: ChatTemplate, tokeniser: VocabularyTokeniser
) -> None:
    (example,), _ = examples_of(parse(ONE + RESULT).scenario, template, tokeniser, 2048)
    text = tokeniser.decode([example.ids[i] for i in example.decisive])
    assert text == "[roll: stealth]<|im_end|><|im_end|>"
    assert all(example.mask[i] for i in example.decisive)


def test_a_long_scenario_is_cut_before_a_players_turn(template: ChatTemplate, tokeniser: VocabularyTokeniser) -> None:
    scenario = parse(LONG).scenario
    (whole,), _ = examples_of(scenario, template, tokeniser, 100_000)
    parts, refused = examples_of(scenario, template, tokeniser, 400)
    assert refused == []
    assert len(parts) > 2
    assert all(len(part.ids) <= 400 for part in parts)
    assert all(tokeniser.decode(list(part.ids)).startswith("<|im_start|>system\n# Role") for part in parts)
    assert "".join(trained_text(part, tokeniser) for part in parts) == trained_text(whole, tokeniser)
    assert parts[0].turns[0] == 0
    assert all(one.turns[1] == other.turns[0] for one, other in pairwise(parts))
    assert parts[-1].turns[1] == len(scenario.turns)
    assert all(scenario.turns[part.turns[0]].speaker == "User" for part in parts)


def test_an_exchange_that_does_not_fit_is_refused(template: ChatTemplate, tokeniser: VocabularyTokeniser) -> None:
    made, refused = examples_of(parse(ONE).scenario, template, tokeniser, 40)
    assert made == []
    assert "40 are allowed" in refused[0].reason


def test_an_example_with_nothing_to_train_on_is_refused(template: ChatTemplate, tokeniser: VocabularyTokeniser) -> None:
    made, refused = examples_of(parse(SHEET + "\n<User>Hello?</User>\n").scenario, template, tokeniser, 2048)
    assert made == []
    assert "nothing to train on" in refused[0].reason


def test_every_file_is_trained_held_out_or_refused(
    tmp_path: Path, template: ChatTemplate, tokeniser: VocabularyTokeniser
) -> None:
    texts = {
        "good.md": ONE + RESULT,
        "held.md": "---\ntags: [river, held-out]\n---\n" + ONE,
        "broken.md": ONE + "<DM>never closed",
        "silent.md": SHEET + "\n<User>Hello?</User>\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "latin.md").write_bytes(b"<SYSTEM>caf\xe9</SYSTEM>")
    paths = [*(tmp_path / name for name in texts), tmp_path / "latin.md", tmp_path / "none.md"]
    found = gather(paths, template, tokeniser, 2048)
    assert {example.path for example in found.examples} == {tmp_path / "good.md"}
    assert found.held_out == (tmp_path / "held.md",)
    reasons = {row.path.name: row.reason for row in found.refused if row.path}
    assert set(reasons) == {"broken.md", "silent.md", "latin.md", "none.md"}
    assert "error" in reasons["broken.md"]
    assert "UTF-8" in reasons["latin.md"]
    assert len(paths) == len({example.path for example in found.examples}) + len(found.held_out) + len(found.refused)


def test_nothing_at_all_is_an_error_with_the_first_reason(
    tmp_path: Path, template: ChatTemplate, tokeniser: VocabularyTokeniser
) -> None:
    with pytest.raises(NothingToTrain, match="no file or folder"):
        gather([tmp_path / "none.md"], template, tokeniser, 2048)
