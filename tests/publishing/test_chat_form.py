"""Templates as tables: the same prompt as Jinja's, and the same again in Go's notation."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from studio.chat import ChatTemplate, Message, pieces
from studio.publishing.chat_form import ChatForm, NoChatForm, chat_form
from studio.publishing.go_template import NotTranslated, go_template, run, trial_chats
from studio.publishing.ollama import end_of_turn, modelfile

FOLDER = Path(__file__).resolve().parents[1] / "chat" / "templates"
FAMILIES = ("smollm2", "qwen-2.5", "qwen-3", "llama-3.2", "mistral-nemo", "gemma-2", "phi-3.5")
SYSTEM, USER, ASSISTANT = "system", "user", "assistant"
CHAT = [
    Message(SYSTEM, "# Role\nNarrate."),
    Message(USER, "I look {{ up }}."),
    Message(ASSISTANT, "Reeds.\n\n[roll: stealth]"),
    Message(USER, "<TOOLCALL>stealth: 3 = *3*</TOOLCALL>"),
]
GOLDEN = {
    "smollm2": "<|im_start|>system\nNarrate.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes"
    "<|im_end|>\n<|im_start|>user\nGo<|im_end|>\n<|im_start|>assistant\n",
    "llama-3.2": "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 01 "
    "Jan 2026\n\nNarrate.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant"
    "<|end_header_id|>\n\nYes<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nGo<|eot_id|><|start_header_id|>"
    "assistant<|end_header_id|>\n\n",
    "mistral-nemo": "[INST]Narrate.\n\nHi[/INST]Yes</s>[INST]Go[/INST]",
    "gemma-2": "<start_of_turn>user\nNarrate.\n\nHi<end_of_turn>\n<start_of_turn>model\nYes<end_of_turn>\n"
    "<start_of_turn>user\nGo<end_of_turn>\n<start_of_turn>model\n",
    "phi-3.5": "<|system|>\nNarrate.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nYes<|end|>\n<|user|>\nGo<|end|>\n"
    "<|assistant|>\n",
}
"""What Ollama must send for each family of templates; it puts `<s>` first by itself."""


def template(name: str) -> ChatTemplate:
    return ChatTemplate((FOLDER / f"{name}.jinja").read_text(encoding="utf-8"), "<s>", "</s>", name)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_table_gives_the_pieces_that_jinja_gives(name: str) -> None:
    jinja = template(name)
    wanted = [(piece.text, piece.special) for piece in pieces(jinja, CHAT, add_generation_prompt=True)]
    assert chat_form(jinja).parts(jinja.arrange(CHAT)) == wanted


@pytest.mark.parametrize("name", GOLDEN)
def test_the_go_template_writes_what_it_must(name: str) -> None:
    chat = [Message(SYSTEM, "Narrate."), Message(USER, "Hi"), Message(ASSISTANT, "Yes"), Message(USER, "Go")]
    assert run(go_template(chat_form(template(name)), name, "<s>"), chat) == GOLDEN[name]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
def test_gos_own_engine_reads_the_templates_as_ours_does(tmp_path: Path) -> None:
    trials = []
    for name in FAMILIES:
        form = chat_form(template(name))
        for chat in trial_chats(form):
            told = [{"Role": one.role, "Content": one.content} for one in chat]
            text = go_template(form, name, "<s>")
            trials.append({"Name": name, "Template": text, "Messages": told, "Wanted": run(text, chat)})
    done = subprocess.run(
        ["go", "run", str(Path(__file__).with_name("go_templates.go"))],
        input=json.dumps(trials),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
        env={**os.environ, "GO111MODULE": "off", "GOCACHE": str(tmp_path)},
    )
    assert len(trials) >= 5 * len(FAMILIES)
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["true"] * len(trials)


def test_a_template_that_looks_at_what_was_said_has_no_table() -> None:
    odd = "{% for m in messages %}<{{ messages | length }}>{{ m['content'] }}{% endfor %}>"
    with pytest.raises(NoChatForm, match="depends on others"):
        chat_form(ChatTemplate(odd, "", "", "odd"))


def test_a_translation_that_is_not_the_same_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    form = chat_form(template("smollm2"))
    monkeypatch.setattr("studio.publishing.go_template._plain", lambda text: text.replace("\n", ""))
    with pytest.raises(NotTranslated, match="does not give the same text"):
        go_template(form, "smollm2")


def test_a_modelfile_says_where_turns_end_and_never_ends_early() -> None:
    jinja = template("smollm2")
    text = modelfile(chat_form(jinja), jinja, "../model/model.gguf", "../model/adapter.gguf", 4096)
    assert text.splitlines()[:2] == ["FROM ../model/model.gguf", "ADAPTER ../model/adapter.gguf"]
    assert 'PARAMETER stop "<|im_end|>"' in text and text.count('"""') == 2
    form = ChatForm("role", {USER: '"""'}, {(USER, ASSISTANT): "b", (ASSISTANT, USER): "<|im_end|>"}, "c")
    with pytest.raises(NotTranslated, match="three quotes"):
        modelfile(form, jinja, "m", None, 1)
    assert end_of_turn(form, jinja) == "<|im_end|>"
