"""Our tokeniser gives llama.cpp's ids: a fuzz against the real library, in a child process."""

import json
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from studio.gguf.errors import TokeniserUnknown
from studio.gguf.reader import Gguf
from studio.gguf.tokeniser import tokeniser_from_json, tokeniser_of, tokenizer_model

LETTERS = "abcdeXYZ 0123456789 \n\t'’.,!?-—*[](){}<|>_:;\"éüßñ漢字한국🙂👩‍🚀 \u200b½²٣\u0300\r"
PLAY = """the roll: stealth *SUCCESS* don't I'LL we've [damage: Wren 6] <|im_end|> <|im_start|>user 24/26 <TOOLCALL>
Übermut naïve 東京 🙂🙂 1,000.50 ٣٤ DON'T <|endoftext|> [roll: sleight_of_hand dc 18] 13 + 6(skill) = *19*"""
WORDS = PLAY.split(" ")
RUNS = "aehlo _-*.=# \n\t"
NAMES = (
    "<s>", "</s>", "<unk>", "<|end|>", "<|assistant|>", "<0x0A>", "▁", "▁▁", "[PAD32056]", "<start_of_turn>", "<|turn>",
    "<turn|>", "<|fim_prefix|>", "<|im_end|>", "<|eot_id|>", "<eos>", "\n", " ", " hi", "x",
)  # fmt: skip
RANGES = ((32, 127), (0x80, 0x3000), (0x1F300, 0x1FAFF))


VOCABULARIES = ("llama-bpe", "llama-spm", "qwen2", "phi-3", "gemma-4", "gpt-2")


def vocabulary(root: Path, name: str) -> Path:
    """A vocabulary that set-up unpacked beside the converter."""
    return root / "models" / "converter" / "models" / f"ggml-vocab-{name}.gguf"


def strings(count: int, seed: int) -> list[str]:
    """Texts of five kinds: letters, words of play, any character, runs of one sign, names of tokens side by side."""
    rng = random.Random(seed)
    kinds = (
        lambda: "".join(rng.choice(LETTERS) for _ in range(rng.randrange(40))),
        lambda: " ".join(rng.choice(WORDS) for _ in range(rng.randrange(12))),
        lambda: "".join(chr(rng.randrange(*rng.choice(RANGES))) for _ in range(rng.randrange(20))),
        lambda: "".join(rng.choice(RUNS) * rng.choice((1, 2, 3, 5, 17, 40)) for _ in range(rng.randrange(12))),
        lambda: "".join(rng.choice(NAMES) for _ in range(rng.randrange(6))),
    )
    return [rng.choices(kinds, (5, 4, 2, 2, 2))[0]() for _ in range(count)]


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


@pytest.mark.parametrize("name", VOCABULARIES)
def test_other_vocabularies(name: str, root: Path) -> None:
    assert differing(vocabulary(root, name), 700) == []


@pytest.mark.slow
def test_ids_are_llama_cpps_at_length(starter: Path, root: Path) -> None:
    for path in (starter, *(vocabulary(root, name) for name in VOCABULARIES)):
        assert differing(path, 20_000) == [], path.name


def test_without_the_digits_rule_ids_differ(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: transformers' own import of this file splits digits otherwise."""
    from studio.gguf import tokeniser

    rules = tokeniser._splitting_rules()
    monkeypatch.setattr(tokeniser, "_splitting_rules", lambda: {"smollm": rules["gpt-2"]})
    assert differing(starter, 300)


def test_a_vocabulary_without_the_space_before(root: Path, tmp_path: Path) -> None:
    """The form of Gemma 2 and 3, of whom no vocabulary is at hand: Llama's, told to put no space before a text."""
    data = vocabulary(root, "llama-spm").read_bytes()
    (entries,) = struct.unpack_from("<Q", data, 16)
    key = b"tokenizer.ggml.add_space_prefix"
    entry = struct.pack("<Q", len(key)) + key + struct.pack("<I?", 7, False)
    path = tmp_path / "no-prefix.gguf"
    path.write_bytes(data[:16] + struct.pack("<Q", entries + 1) + entry + data[24:])
    assert differing(path, 500) == []


def test_named_ends_are_control_tokens_whatever_the_file_says(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the table of names: without it a typed end of turn would be one in our ids alone."""
    from studio.gguf import tokeniser

    monkeypatch.setattr(tokeniser, "_named_controls", frozenset)
    assert any("</s>" in text for text in differing(vocabulary(root, "phi-3"), 700))


def test_without_the_order_of_scores_ids_differ(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the merges built from scores: the converter's stand-in gives all tokens one score."""
    from studio.gguf import tokeniser

    monkeypatch.setattr(tokeniser, "scores_of", lambda _gguf, count: [-1000.0] * count)
    assert differing(vocabulary(root, "llama-spm"), 300)


def test_a_vocabulary_of_another_kind_is_refused(root: Path) -> None:
    with Gguf(vocabulary(root, "llama-spm")) as gguf, pytest.raises(TokeniserUnknown, match="t5"):
        gguf.metadata["tokenizer.ggml.model"] = "t5"
        tokeniser_of(gguf)


@pytest.mark.parametrize("name", ["llama-spm", "gemma-4"])
def test_a_tokenizer_model_of_a_vocabulary_is_read_by_sentencepiece(name: str, root: Path, tmp_path: Path) -> None:
    sentencepiece = pytest.importorskip("sentencepiece")
    with Gguf(vocabulary(root, name)) as gguf:
        (tmp_path / "tokenizer.model").write_bytes(tokenizer_model(gguf) or b"")
        tokens = gguf.array("tokenizer.ggml.tokens")
        scores, types = gguf.array("tokenizer.ggml.scores"), gguf.array("tokenizer.ggml.token_type")
    if name == "gemma-4":  # it has merges, which such a file cannot hold
        assert (tmp_path / "tokenizer.model").stat().st_size == 0
        return
    read = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "tokenizer.model"))
    assert [read.id_to_piece(place) for place in range(len(tokens))] == tokens
    assert [read.get_score(place) for place in range(len(tokens))] == scores
    assert [place for place in range(len(tokens)) if read.is_byte(place)] == [
        i for i, kind in enumerate(types) if kind == 6
    ]
    text = "You slip by.  [roll: stealth] 🙂"
    with Gguf(vocabulary(root, name)) as gguf:
        assert read.encode(text) == tokeniser_of(gguf).encode(text, special=False)


@pytest.mark.parametrize("name", ["starter", "llama-spm", "gemma-4"])
def test_spans_and_back(name: str, starter: Path, root: Path) -> None:
    with Gguf(starter if name == "starter" else vocabulary(root, name)) as gguf:
        tokeniser = tokeniser_of(gguf)
    text = "You slip by.\n\n[roll: stealth dc 12] 🙂"
    ids, spans = tokeniser.encode(text, special=False), tokeniser.spans(text)
    assert len(ids) == len(spans)
    assert tokeniser.decode(ids) == text
    end = text.index(" 🙂")
    assert "".join(text[a:b] for a, b in spans if b <= end) == text[:end]


@pytest.mark.parametrize("name", ["starter", "llama-spm", "phi-3"])
def test_saved_as_a_tokenizer_json_it_gives_the_same_ids(name: str, starter: Path, root: Path, tmp_path: Path) -> None:
    with Gguf(starter if name == "starter" else vocabulary(root, name)) as gguf:
        tokeniser = tokeniser_of(gguf)
    tokeniser.full.save(str(tmp_path / "tokenizer.json"))
    again = tokeniser_from_json(tmp_path / "tokenizer.json")
    for number, text in enumerate(strings(300, 3)):
        assert again.encode(text, special=number % 2 == 0) == tokeniser.encode(text, special=number % 2 == 0)
