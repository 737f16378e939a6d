"""Our tokeniser gives llama.cpp's ids: a fuzz against the real library, in a child process."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from studio.gguf.errors import TokeniserUnknown
from studio.gguf.reader import Gguf
from studio.gguf.tokeniser import tokeniser_from_json, tokeniser_of

LETTERS = "abcdeXYZ 0123456789 \n\t'’.,!?-—*[](){}<|>_:;\"éüßñ漢字한국🙂👩‍🚀 \u200b½²٣\u0300\r"
PLAY = """the roll: stealth *SUCCESS* don't I'LL we've [damage: Wren 6] <|im_end|> <|im_start|>user 24/26 <TOOLCALL>
Übermut naïve 東京 🙂🙂 1,000.50 ٣٤ DON'T <|endoftext|> [roll: sleight_of_hand dc 18] 13 + 6(skill) = *19*"""
WORDS = PLAY.split(" ")
RANGES = ((32, 127), (0x80, 0x3000), (0x1F300, 0x1FAFF))


def strings(count: int, seed: int) -> list[str]:
    """Texts of three kinds: letters, words of play, any character."""
    rng = random.Random(seed)
    kinds = (
        lambda: "".join(rng.choice(LETTERS) for _ in range(rng.randrange(40))),
        lambda: " ".join(rng.choice(WORDS) for _ in range(rng.randrange(12))),
        lambda: "".join(chr(rng.randrange(*rng.choice(RANGES))) for _ in range(rng.randrange(20))),
    )
    return [rng.choices(kinds, (5, 4, 2))[0]() for _ in range(count)]


def differing(model: Path, count: int) -> list[str]:
    """The texts whose ids differ from llama.cpp's, with control tokens read and not read in turn."""
    with Gguf(model) as gguf:
        tokeniser = tokeniser_of(gguf)
    rows = [(text, number % 2 == 0) for number, text in enumerate(strings(count, 11))]
    asked = "".join(json.dumps(row) + "\n" for row in rows)
    child = [sys.executable, str(Path(__file__).with_name("vocabulary_child.py")), str(model)]
    done = subprocess.run(child, input=asked, capture_output=True, text=True, timeout=300, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == count
    pairs = zip(rows, told, strict=True)
    return [text for (text, special), ids in pairs if tokeniser.encode(text, special=special) != ids]


def test_ids_are_llama_cpps(starter: Path) -> None:
    assert differing(starter, 2000) == []


@pytest.mark.slow
def test_ids_are_llama_cpps_at_length(starter: Path) -> None:
    assert differing(starter, 20_000) == []


@pytest.mark.parametrize("name", ["llama-bpe", "qwen2", "gpt-2"])
def test_other_vocabularies(name: str, root: Path) -> None:
    path = root / "models" / "converter" / "models" / f"ggml-vocab-{name}.gguf"
    assert differing(path, 500) == []


def test_without_the_digits_rule_ids_differ(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: transformers' own import of this file splits digits otherwise."""
    from studio.gguf import tokeniser

    rules = tokeniser._splitting_rules()
    monkeypatch.setattr(tokeniser, "_splitting_rules", lambda: {"smollm": rules["gpt-2"]})
    assert differing(starter, 300)


def test_a_sentencepiece_vocabulary_is_refused(root: Path) -> None:
    path = root / "models" / "converter" / "models" / "ggml-vocab-llama-spm.gguf"
    with Gguf(path) as gguf, pytest.raises(TokeniserUnknown, match="llama"):
        tokeniser_of(gguf)


def test_spans_and_back(starter: Path) -> None:
    with Gguf(starter) as gguf:
        tokeniser = tokeniser_of(gguf)
    text = "You slip by.\n\n[roll: stealth dc 12] 🙂"
    ids, spans = tokeniser.encode(text, special=False), tokeniser.spans(text)
    assert len(ids) == len(spans)
    assert tokeniser.decode(ids) == text
    end = text.index(" 🙂")
    assert "".join(text[a:b] for a, b in spans if b <= end) == text[:end]


def test_saved_as_a_tokenizer_json_it_gives_the_same_ids(starter: Path, tmp_path: Path) -> None:
    with Gguf(starter) as gguf:
        tokeniser = tokeniser_of(gguf)
    tokeniser.full.save(str(tmp_path / "tokenizer.json"))
    again = tokeniser_from_json(tmp_path / "tokenizer.json")
    for number, text in enumerate(strings(300, 3)):
        assert again.encode(text, special=number % 2 == 0) == tokeniser.encode(text, special=number % 2 == 0)
