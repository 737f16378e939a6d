"""Measures what holding a model to the tools' grammar costs a token, by engine. Prints JSON.

Run: `python benchmarks/grammar.py MODEL.gguf [--turns 4] [--most 60]`. Where the package `llguidance` is there (set-up
does not install it; `pip install llguidance`), it is measured too, on the same rows of logits.

A sample's player speaks `turns` lines and the model answers under the grammar (`free`); then once more under one that
begins with a call (`call`), which an untrained model would never write, so that nearly every token of it is refused
first. The logits of each token are kept, and each engine then chooses from them: `gbnf` as it is used here, `whole` the
same with the whole vocabulary held against the grammar where the first choice does not fit. Milliseconds of processor
time: `mean` and `most` a token, `answer` for the beginning of each answer, `model` once when a model is loaded.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import llama_cpp as ll

from studio.gguf.starter import starter_model
from studio.inference.tool_grammar import grammar
from studio.resources import samples
from studio.scenario import Speaker, load
from studio.scenario.game import Game
from studio.workers import _llama_grammar
from studio.workers._llama_grammar import Grammar
from studio.workers._llama_model import LlamaModel

FREE = "root ::= ( text | call )*"
Answer = list[Any]
"""Rows of logits."""


def answers(model: LlamaModel, text: str, lines: list[str], most: int) -> Iterator[Answer]:
    """The logits of each token of an answer to each line."""
    talk = "<|im_start|>system\nYou are the narrator of a quiet game.<|im_end|>\n"
    for line in lines:
        talk += f"<|im_start|>user\n{line}<|im_end|>\n<|im_start|>assistant\n"
        model.prepare(model.tokenise(talk, special=True), 1)
        held, rows, stream = Grammar(model.vocab, text), [], model.stream()
        for _token in range(most):
            rows.append(model.logits(-1).copy())
            token = held.likeliest(rows[-1])
            if model.ends_generation(token):
                break
            talk += stream.add(token)
            model.append(token)
        held.close()
        talk += "<|im_end|>\n"
        yield rows


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of processor time, and what came of it."""
    began = time.process_time()
    found = work()
    return 1000 * (time.process_time() - began), found


def measured(begin: Callable[[], Any], choose: Callable[[Any, Any], int], all_rows: list[Answer]) -> dict[str, float]:
    """What an engine takes for these answers."""
    tokens, starts = [], []
    for rows in all_rows:
        start, held = spent(begin)
        starts.append(start)
        tokens += [spent(lambda row=row, held=held: choose(held, row))[0] for row in rows]
    return {
        "mean": round(statistics.mean(tokens), 3),
        "median": round(statistics.median(tokens), 3),
        "most": round(max(tokens), 2),
        "answer": round(statistics.median(starts), 2),
    }


def gbnf(model: LlamaModel, text: str, all_rows: list[Answer]) -> dict[str, object]:
    """As it is used, and with the whole vocabulary."""
    found: dict[str, object] = {}
    tiers = _llama_grammar._TIERS
    for name, these in (("gbnf", tiers), ("whole", ())):
        _llama_grammar._TIERS = these
        found[name] = measured(lambda: Grammar(model.vocab, text), lambda held, row: held.likeliest(row), all_rows)
    _llama_grammar._TIERS = tiers
    return found


def llguidance(model: LlamaModel, text: str, all_rows: list[Answer]) -> dict[str, object]:
    """The same choices by llguidance; it asks for its mask only where the first choice does not fit, as we do."""
    try:
        import llguidance.numpy as masks
        from llguidance import LLMatcher
        from llguidance.gbnf_to_lark import any_to_lark
        from llguidance.llamacpp import lltokenizer_from_vocab
    except ImportError:
        return {}
    loading, tokeniser = spent(lambda: lltokenizer_from_vocab(model.vocab))
    size = ll.llama_vocab_n_tokens(model.vocab)
    mask = masks.allocate_token_bitmask(1, size)

    def choose(held: Any, row: Any) -> int:
        token = int(row.argmax())
        if not held.validate_tokens([token]):
            masks.fill_next_token_bitmask(held, mask, 0)
            fits = np.unpackbits(mask[0].view(np.uint8), bitorder="little")[:size].astype(bool)
            token = int(np.where(fits, row, -np.inf).argmax())
        held.consume_token(token)
        return token

    def begin() -> Any:
        return LLMatcher(tokeniser, LLMatcher.grammar_from_lark(any_to_lark(text)))

    return {"llguidance": {**measured(begin, choose, all_rows), "model": round(loading)}}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path, nargs="?", default=None)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--most", type=int, default=60)
    args = parser.parse_args()
    path = args.model or starter_model()
    scenario, game = load(sorted((samples() / "combat").glob("*.md"))[0]).scenario, Game.shipped()
    assert scenario.system is not None
    lines = [turn.content for turn in scenario.turns if turn.speaker is Speaker.USER][: args.turns]
    free = grammar(game.tools, game.words, [member.name for member in scenario.system.party])
    model = LlamaModel(path, context=4096, sequences=2, threads=1, gpu_layers=0, adapter=None)
    found: dict[str, object] = {"model": path.name, "vocabulary": model.vocabulary}
    for name, text in (("free", free), ("call", free.replace(FREE, 'root ::= call " " ( text | call )*'))):
        rows = list(answers(model, text, lines, args.most))
        found[name] = {"tokens": sum(map(len, rows)), **gbnf(model, text, rows), **llguidance(model, text, rows)}
    model.close()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
