"""Measures the checks of player trust: how often a sound turn is blamed, how much of what was planted is found. JSON.

Run: `python benchmarks/trust.py`. Sound turns are all of the narrator's in the sample scenarios, each held against its
own sheets, roll and talk. What is planted stands in `benchmarks/trust_planted.yaml`: sentences of one fault each, put
at the head of a sample's turn in which they are false. They were written once, by the writer of the lists that the
checks go by, and the lists were not changed for them; whoever changes a list for one should plant new ones.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml

from studio.evaluation.exchanges import exchanges_in
from studio.evaluation.multi_turn import Reply
from studio.evaluation.skills import strange_skills
from studio.evaluation.toolcalls import calls_in
from studio.evaluation.trust_checks import Heard, faults
from studio.intervals import Share
from studio.resources import samples
from studio.rules import Rules
from studio.rules.resolve import Outcome, outcome_word
from studio.scenario.game import Game

GAME = Game.shipped()
RULES = Rules.of(GAME.words)


def turns() -> Iterator[Heard]:
    """Every turn of the narrator's in the samples, as the checks see one of a model's."""
    for path in sorted(samples().rglob("*.md")):
        said: tuple[str, ...] = ()
        earlier: tuple[str, ...] = ()
        for exchange in exchanges_in(path, path.name, RULES, GAME.tools):
            said, last = (*said, exchange.line), None
            for number, step in enumerate(exchange.steps):
                after = exchange.steps[number + 1].party if number + 1 < len(exchange.steps) else step.party
                got = calls_in(step.reference, exchange.names, GAME.tools, exchange.player)[0]
                reply = Reply(number, step.reference, got, (), (), step.results, True, step.opening, after)
                word = next((one for one in Outcome if outcome_word(one, RULES) == step.opening), None)
                system = next((one.content for one in step.before if one.role == "system"), "")
                strange = tuple(strange_skills(got, step.party, GAME))
                turn = Heard(
                    reply, system, said, earlier, step.party, exchange.player, word, last, strange=strange
                )  # fmt: skip
                yield turn
                earlier, last = (*earlier, turn.body), reply


def planted(turn: Heard, sentence: str) -> Heard:
    """The turn with a sentence at its head, behind the word of the rules."""
    opening = turn.reply.opening
    player = turn.player or turn.before.names[0]
    text = f"{opening} {sentence.replace('{player}', player)} {turn.body}".strip()
    return replace(turn, reply=replace(turn.reply, text=text))


def main() -> int:
    sound = list(turns())
    blamed: Counter[str] = Counter()
    for turn in sound:
        blamed.update({fault.family for fault in faults(turn)})
    fields = yaml.safe_load((Path(__file__).parent / "trust_planted.yaml").read_text(encoding="utf-8"))
    found: dict[str, Share] = {}
    missed: dict[str, list[str]] = {}
    for name, sentences in fields.items():
        word = {"roll-after-failure": Outcome.FAILURE, "roll-after-success": Outcome.SUCCESS}.get(name)
        fitting = [one for one in sound if one.word is word and (one.last is not None) is (word is not None)]
        family = name.partition("-")[0]
        seen = [
            any(fault.family == family for fault in faults(planted(fitting[37 * place % len(fitting)], sentence)))
            for place, sentence in enumerate(sentences)
        ]
        found[name] = Share(sum(seen), len(seen))
        missed[name] = [sentence for sentence, was in zip(sentences, seen, strict=True) if not was]
    told = {
        "sound_turns": len(sound),
        "blamed": dict(blamed),
        "planted": {name: share.as_json() for name, share in found.items()},
        "missed": missed,
    }
    print(json.dumps(told, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
