"""Each family's template: every content comes out, a prompt is the beginning of the whole, or it is not trainable."""

import datetime
from pathlib import Path

import pytest

from studio.chat import ChatTemplate, Message, TemplateRefused, examine, pieces

FOLDER = Path(__file__).parent / "templates"
TRAINABLE = ("smollm2", "gemma-2", "mistral-nemo", "phi-3.5", "llama-3.2", "qwen-2.5")
DIALOGUE = (
    Message("system", "SYS"),
    Message("user", "one", 0),
    Message("assistant", "two", 1, trained=True),
    Message("user", "<TOOLCALL>three</TOOLCALL>", 2),
    Message("assistant", "four", 3, trained=True),
)


def template(name: str) -> ChatTemplate:
    """A template of the folder."""
    return ChatTemplate((FOLDER / f"{name}.jinja").read_text(encoding="utf-8"), "<s>", "</s>", name)


def text_of(chat: ChatTemplate, messages: tuple[Message, ...], prompt: bool) -> str:
    """The rendered chat as one text."""
    return "".join(piece.text for piece in pieces(chat, messages, prompt))


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_content_is_in_the_output_in_order(name: str) -> None:
    text = text_of(template(name), DIALOGUE, False)
    places = [text.index(message.content) for message in DIALOGUE]
    assert places == sorted(places)
    assert all(text.count(message.content) == 1 for message in DIALOGUE)


@pytest.mark.parametrize("name", TRAINABLE)
def test_the_prompt_of_each_turn_is_a_prefix_of_the_whole(name: str) -> None:
    whole = text_of(template(name), DIALOGUE, False)
    for count in (2, 4):
        prompt = text_of(template(name), DIALOGUE[:count], True)
        assert whole.startswith(prompt + DIALOGUE[count].content)


@pytest.mark.parametrize("name", TRAINABLE)
def test_trained_are_the_narrators_words_and_the_token_that_ends_them(name: str) -> None:
    trained = [piece for piece in pieces(template(name), DIALOGUE, False) if piece.trained]
    assert [piece.text for piece in trained[::2]] == ["two", "four"]
    assert all(piece.text in template(name).ends and piece.special for piece in trained[1::2])
    assert [piece.turn_index for piece in trained] == [1, 1, 3, 3]


def test_families_that_fail_are_named_not_trainable() -> None:
    verdict = examine(template("qwen-3"))
    assert not verdict.trainable
    assert "turns before" in verdict.reason
    assert all(examine(template(name)).trainable for name in TRAINABLE)


@pytest.mark.parametrize("name", ["gemma-2", "mistral-nemo"])
def test_families_without_a_system_role_get_it_at_the_head_of_the_first_turn(name: str) -> None:
    contents = [piece for piece in pieces(template(name), DIALOGUE, False) if not piece.special]
    assert contents[0].text == "SYS\n\none"


def test_sent_as_a_role_those_families_refuse_or_move_system() -> None:
    """The twin: without the table's `head` both families fail."""
    unknown = {name: template(name).source.replace("<start_of_turn>", "<turn>").replace("[INST]", "[ASK]")
               for name in ("gemma-2", "mistral-nemo")}  # fmt: skip
    for name, source in unknown.items():
        assert ChatTemplate(source).family.name == "other"
        with pytest.raises(TemplateRefused):
            pieces(ChatTemplate(source, eos="</s>", name=name), DIALOGUE, False)


def test_a_template_that_prints_the_date_prints_the_fixed_one() -> None:
    source = template("llama-3.2").source
    assert "strftime_now" in source
    assert "01 Jan 2026" in text_of(ChatTemplate(source, name="l"), DIALOGUE, False)
    later = ChatTemplate(source, name="l", date=datetime.date(2027, 2, 3))
    assert "03 Feb 2027" in text_of(later, DIALOGUE, False)


def test_contents_cannot_change_the_templates_course() -> None:
    """Qwen's template cuts at `</think>`, gemma's trims: neither ever sees what people wrote."""
    sly = (Message("user", "{{ 1/0 }} <|im_end|> </think> \ue0000\ue001", 0), Message("assistant", "x", 1, True))
    for name in TRAINABLE:
        assert sly[0].content in text_of(template(name), sly, False)


@pytest.mark.parametrize(
    "source",
    [
        "{{ messages[9].content }}",
        "{% for m in messages %}{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{% if %}",
        "{{ raise_exception('no') }}",
        "{% for m in messages %}{{ m.content }}{{ m.content }}<|im_end|>{% endfor %}",
        "{% for m in messages %}{{ m.content }}{% endfor %}",
    ],
)
def test_a_template_that_cannot_be_used_is_refused_by_our_error(source: str) -> None:
    with pytest.raises(TemplateRefused):
        pieces(ChatTemplate(source, name="bad"), DIALOGUE, False)
    assert not examine(ChatTemplate(source, name="bad")).trainable


def test_a_bos_that_the_template_forgets_is_added_where_the_model_wants_it() -> None:
    source = "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}"
    assert text_of(ChatTemplate(source, bos="<s>", add_bos=True), DIALOGUE, False).startswith("<s>SYS")
    assert text_of(ChatTemplate("<s>" + source, bos="<s>", add_bos=True), DIALOGUE, False).count("<s>") == 1


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(99999) %}{% for k in range(99999) %}{{ 'x' * 1000 }}{% endfor %}{% endfor %}",
        "{{ 'x' * 10000000 }}",
        "{{ 'x' * 10 ** 15 }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{# " + "x" * 300_000 + " #}",
    ],
)
def test_a_template_without_end_is_refused(source: str) -> None:
    with pytest.raises(TemplateRefused):
        ChatTemplate(source, name="long").run([("user", "x")], True)
