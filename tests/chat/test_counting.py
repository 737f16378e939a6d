from pathlib import Path

import pytest

from studio.chat import ChatTemplate, messages, pieces, render
from studio.chat.counting import TokenCounter, words_in
from studio.gguf.chat import template_of
from studio.gguf.reader import Gguf
from studio.gguf.tokeniser import VocabularyTokeniser, tokeniser_of
from studio.resources import samples
from studio.scenario import Scenario, load, parse

TEXT = """<SYSTEM>
# Role
You narrate. 🐉 café
</SYSTEM>

<User>I wade across.</User>

<User>Quietly.</User>

<DM>The water tugs.

[roll: stealth]</DM>

<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>

<DM>*SUCCESS* He yawns 🐉.</DM>

<DM></DM>

<DM>Night falls.</DM>
"""


@pytest.fixture(scope="module")
def model(starter: Path) -> tuple[ChatTemplate, VocabularyTokeniser]:
    with Gguf(starter) as gguf:
        return template_of(gguf), tokeniser_of(gguf)


def whole(scenario: Scenario, model: tuple[ChatTemplate, VocabularyTokeniser]) -> tuple[int, int]:
    rendered = render(pieces(model[0], messages(scenario), add_generation_prompt=False), model[1])
    return len(rendered.ids), rendered.trained


def test_the_turns_add_up_to_what_is_trained_on(model: tuple[ChatTemplate, VocabularyTokeniser]) -> None:
    counter = TokenCounter(*model)
    for scenario in (parse(TEXT).scenario, *(load(path).scenario for path in sorted(samples().rglob("*.md"))[:6])):
        count = counter.count(scenario)
        assert (count.total, count.trained) == whole(scenario, model)
        assert [turn.index for turn in count.turns] == [None, *(turn.index for turn in scenario.turns)]
        assert all(bool(turn.trained) == (turn.speaker == "DM" and turn.total > 0) for turn in count.turns)


def test_the_tokens_of_a_turn_say_its_text_and_which_are_trained_on(
    model: tuple[ChatTemplate, VocabularyTokeniser],
) -> None:
    counter = TokenCounter(*model)
    scenario = parse(TEXT).scenario
    count = counter.count(scenario)
    ids: list[int] = []
    for row in count.turns:
        tokens = counter.tokens(scenario, row.index)
        assert len(tokens) == row.total
        assert sum(token.trained for token in tokens) == row.trained
        ids += [token.id for token in tokens]
        said = "".join(token.text for token in tokens if not token.special).strip()
        content = (
            scenario.turns[row.index].content if row.index is not None else (scenario.system or pytest.fail()).content
        )
        assert said in (content.strip(), f"<TOOLCALL>{content}</TOOLCALL>")
    assert ids == list(render(pieces(model[0], messages(scenario), add_generation_prompt=False), model[1]).ids)


def test_a_change_encodes_one_turn_anew(model: tuple[ChatTemplate, VocabularyTokeniser]) -> None:
    text = "<SYSTEM>x</SYSTEM>\n\n" + "\n\n".join(f"<User>say {n}</User>\n\n<DM>told {n}</DM>" for n in range(60))
    counter = TokenCounter(*model)
    counter.count(parse(text).scenario)
    before = counter.encoded
    after = parse(text.replace("told 30", "told otherwise")).scenario
    assert counter.count(after) == TokenCounter(*model).count(after)
    assert counter.encoded == before + 1


def test_a_template_that_has_no_role_for_system_counts_it_apart(
    model: tuple[ChatTemplate, VocabularyTokeniser],
) -> None:
    source = (
        "{% for m in messages %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else 'user' }}\n"
        "{{ m['content'] }}<end_of_turn>\n{% endfor %}"
    )
    template = ChatTemplate(source, eos="<end_of_turn>", name="gemma")
    assert template.family.system != "role"
    scenario = parse(TEXT).scenario
    counter = TokenCounter(template, model[1])
    count = counter.count(scenario)
    assert (count.total, count.trained) == whole(scenario, (template, model[1]))
    assert count.turns[0].content > 0
    assert "".join(token.text for token in counter.tokens(scenario, 0) if not token.special).strip() == "I wade across."


@pytest.mark.parametrize("text", ["", "x", "<SYSTEM></SYSTEM>", "<DM>a</DM>", "<User></User>", "<DM></DM><DM></DM>"])
def test_whatever_is_there_is_counted(text: str, model: tuple[ChatTemplate, VocabularyTokeniser]) -> None:
    scenario = parse(text).scenario
    counter = TokenCounter(*model)
    assert (counter.count(scenario).total, counter.count(scenario).trained) == whole(scenario, model)


def test_words_are_those_that_people_wrote() -> None:
    assert words_in(parse(TEXT).scenario) == 6 + 3 + 1 + 5 + 6 + 4 + 2
