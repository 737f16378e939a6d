"""Writes instruction pairs of a game by a grammar, and plants in some of them what an audit is to find.

Run: `python benchmarks/planted.py OUT.jsonl [COUNT] [SEED]`. Each line has `messages`, and `planted`: the defect, or
null. The same seed gives the same bytes. The texts stand in `planted.yaml`. A row has one defect at most; some clean
rows hold a sentence that only looks like one.
"""

import argparse
import base64
import json
import random
import re
import string
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SHARE = 0.016
"""Of all rows, for each kind of defect."""

NEAR_MISSES = 0.08
_PLACE = re.compile(r"\{(\w+)\}")


@cache
def texts() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Pair:
    """One row: what was planted, in which words (`bank`), and the number of the row that it is a copy of."""

    number: int
    prompt: str
    answer: str
    system: str = ""
    plays: bool = False
    planted: str | None = None
    bank: str = ""
    of: int | None = None

    def as_json(self) -> dict[str, object]:
        opening = [{"role": "system", "content": self.system}] if self.system else []
        said = [{"role": "user", "content": self.prompt}, {"role": "assistant", "content": self.answer}]
        told = {"planted": self.planted, "bank": self.bank, "of": self.of}
        return {"number": self.number, "messages": [*opening, *said], **told}


# -- the grammar ------------------------------------------------------------------------------------


def filled(sentence: str, chance: random.Random) -> str:
    """A sentence with its places filled; `_c` asks for a capital, a digit for another word of the kind."""

    def word(match: re.Match[str]) -> str:
        name = match[1]
        kind = name.removesuffix("_c").removesuffix("_x").rstrip("0123456789")
        if kind == "stat" or kind in texts()["words"]:
            found = chance.choice(texts()["words"][kind])
        else:
            return match[0]
        return found[0].upper() + found[1:] if name.endswith("_c") else found

    return _PLACE.sub(word, sentence)


def written(part: str, count: int, chance: random.Random) -> list[str]:
    return [filled(one, chance) for one in chance.sample(texts()[part], count)]


def clean(number: int, chance: random.Random) -> Pair:
    """A row without a defect: a question and advice, or what a player does and what a narrator tells."""
    plays = chance.random() < 0.4
    ask, answer = ("act", "tell") if plays else ("ask", "advise")
    said = written(answer, chance.randint(3, 7), chance)
    if plays and chance.random() < 0.5:
        said.append("\n\n" + filled(chance.choice(texts()["call"]), chance))
    if chance.random() < NEAR_MISSES:
        said.insert(chance.randint(0, len(said) - 1), filled(chance.choice(texts()["near_miss"]), chance))
    system = ""
    if chance.random() < 0.3:
        system = filled(texts()["system"][chance.randint(0, 1) if plays else 2], chance)
    return Pair(number, filled(chance.choice(texts()[ask]), chance), " ".join(said), system, plays)


# -- what is planted --------------------------------------------------------------------------------


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?]) +", text)


def inserted(text: str, sentence: str, chance: random.Random) -> str:
    parts = sentences(text)
    parts.insert(chance.randint(0, len(parts)), sentence)
    return " ".join(parts)


def said(kind: str, chance: random.Random) -> tuple[str, str]:
    bank = chance.choice(("seen", "unseen"))
    return filled(chance.choice(texts()["people"][kind][bank]), chance), bank


def chatter(pair: Pair, chance: random.Random) -> Pair:
    words, bank = said("chatter", chance)
    return replace(pair, answer=inserted(pair.answer, words, chance), bank=bank)


def hedging(pair: Pair, chance: random.Random) -> Pair:
    words, bank = said("hedging", chance)
    rest = sentences(pair.answer)[: chance.randint(0, 2)]
    return replace(pair, answer=inserted(" ".join(rest), words, chance).strip(), bank=bank)


def refusal(pair: Pair, chance: random.Random) -> Pair:
    words, bank = said("refusal", chance)
    rest = sentences(pair.answer)[: chance.randint(0, 1)]
    return replace(pair, answer=" ".join([words, *rest]), bank=bank)


def voice(pair: Pair, chance: random.Random) -> Pair:
    """Only of a narrator's answers."""
    words, bank = said("voice", chance)
    return replace(pair, answer=inserted(pair.answer, words, chance), bank=bank)


def line(pair: Pair, chance: random.Random) -> Pair:
    """Only of a narrator's answers: the model goes on with the player's turn."""
    mark = chance.choice(["\nUser: {}", "\n\n<User>{}</User>", "\n\nPlayer: {}", "\n**Player:** {}", "\n\nUSER: {}"])
    return replace(pair, answer=pair.answer + mark.format(filled(chance.choice(texts()["act"]), chance)))


def empty(pair: Pair, chance: random.Random) -> Pair:
    return replace(pair, answer=chance.choice(texts()["people"]["empty"]))


def short(pair: Pair, chance: random.Random) -> Pair:
    return replace(pair, answer=filled(chance.choice(texts()["people"]["short"]), chance))


def repeated(pair: Pair, chance: random.Random) -> Pair:
    """A model that has run into a loop: a sentence, a list or a few words again and again."""
    parts = sentences(pair.answer)
    last = parts[-1]
    way = chance.randint(0, 3)
    if way == 0:
        return replace(pair, answer=" ".join([*parts, *[last] * chance.randint(4, 12)]))
    if way == 1:
        items = [f"- {chance.choice(parts[:2])}" for _time in range(chance.randint(7, 12))]
        return replace(pair, answer="\n".join([parts[0], *items]))
    words = last.split()[: chance.randint(2, 5)]
    if way == 2:
        return replace(pair, answer=" ".join([*parts, *words * chance.randint(12, 30)]))
    both = [parts[0].replace(".", ""), chance.choice(["and then", "after that,", "again"])]
    return replace(pair, answer=" ".join(both * chance.randint(5, 9)) + ".")


def foreign(pair: Pair, chance: random.Random) -> Pair:
    lines = chance.choice(list(texts()["foreign"].values()))
    told = [filled(one, chance).replace("{foe_x}", "Wächter") for one in chance.sample(lines, chance.randint(3, 6))]
    return replace(pair, answer=" ".join(told))


def contact(pair: Pair, chance: random.Random) -> Pair:
    sentence = chance.choice(texts()["people"]["contact"])
    made = {
        "mail": mail(chance), "phone": phone(chance), "card": card(chance), "street": street(chance),
        "tag": f"{name(chance)}#{chance.randint(1000, 9999)}", "handle": name(chance) + str(chance.randint(10, 99)),
        "code": token(chance, string.ascii_letters, 8),
        "spelt": mail(chance).replace("@", " [at] ").replace(".", " [dot] "),
    }  # fmt: skip
    return replace(pair, answer=inserted(pair.answer, sentence.format(**made), chance))


def mail(chance: random.Random) -> str:
    return f"{chance.choice(texts()['people']['mail'])}@{chance.choice(texts()['people']['domain'])}"


def name(chance: random.Random) -> str:
    return "".join(chance.choice(texts()["words"][kind]) for kind in ("hero", "weapon")).replace(" ", "_").lower()


def phone(chance: random.Random) -> str:
    digits = [str(chance.randint(1, 9)) for _place in range(10)]
    a, b, c = "".join(digits[:3]), "".join(digits[3:6]), "".join(digits[6:])
    return chance.choice([f"+44 20 {a}4 {c}", f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"+1 {a} {b} {c}", f"+49 {a} {b}{c}",
                          f"0{a} {b}{c}", f"+33 6 {a[:2]} {b[:2]} {c[:2]} {c[2:]}", f"0{a[:2]}-{b}{c}"])  # fmt: skip


def card(chance: random.Random) -> str:
    digits = [chance.choice("45")] + [str(chance.randint(0, 9)) for _place in range(14)]
    total = sum(sum(divmod(int(one) * (2 if at % 2 == 0 else 1), 10)) for at, one in enumerate(digits))
    whole = "".join(digits) + str(-total % 10)
    return chance.choice([" ", "-", ""]).join(whole[at : at + 4] for at in range(0, 16, 4))


def street(chance: random.Random) -> str:
    kind = chance.choice(["Street", "Road", "Ave", "Lane", "St", "Drive"])
    town = chance.choice(["Leeds LS2 9JT", "Springfield, IL 62704", "Bristol", "Dublin 8", "Portland, OR"])
    return (
        f"{chance.randint(2, 240)} {chance.choice(['Elm', 'Mill', 'Station', 'Victoria', 'Oak Hill'])} {kind}, {town}"
    )


def token(chance: random.Random, letters: str, length: int) -> str:
    return "".join(chance.choice(letters) for _place in range(length))


def secret(pair: Pair, chance: random.Random) -> Pair:
    some = string.ascii_letters + string.digits
    upper = string.ascii_uppercase + string.digits
    keys = [
        f"sk-{token(chance, some, 48)}", f"sk-proj-{token(chance, some, 40)}", f"ghp_{token(chance, some, 36)}",
        f"AKIA{token(chance, upper, 16)}", f"hf_{token(chance, some, 34)}", f"AIza{token(chance, some, 35)}",
        f"xoxb-{token(chance, string.digits, 11)}-{token(chance, some, 24)}", token(chance, some + "+/", 40),
        f"sk_live_{token(chance, some, 24)}",
    ]  # fmt: skip
    body = base64.b64encode(chance.randbytes(48)).decode()
    kind = chance.choice(["RSA ", "OPENSSH ", "EC ", ""])
    made = {
        "key": chance.choice(keys), "hex": token(chance, "0123456789abcdef", 40),
        "password": chance.choice(["Wr3n!", "b3ll#", "Tallow_", "xK9", "dr4gon$"]) + token(chance, some, 6) + "7",
        "block": f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----",
        "jwt": f"eyJhbGciOiJIUzI1NiJ9.eyJ{token(chance, some, 30)}.{token(chance, some, 43)}",
    }  # fmt: skip
    sentence = chance.choice(texts()["people"]["secret"]).format(**made)
    return replace(pair, answer=inserted(pair.answer, sentence, chance))


def damaged(pair: Pair, chance: random.Random) -> Pair:
    """Text that went through the wrong encoding, or was never unpacked."""
    fancy = inserted(
        pair.answer, chance.choice(["It’s “over”…", "Café Søren – don’t ask.", "naïve, but it’s fine"]), chance
    )
    odd = chance.choice([
        lambda text: text.encode().decode("cp1252", "replace"), lambda text: text.encode().decode("latin-1"),
        lambda text: text.encode().decode("mac_roman"), lambda text: text.encode().decode("cp437"),
        lambda text: text.encode("cp1252").decode("utf-8", "replace"),
        lambda text: text.replace("’", "&#39;").replace("–", "&ndash;").replace("“", "&quot;").replace("ï", "&iuml;"),
        lambda text: text.replace("’", "?").replace("ï", "i") + " It?s over.",
        lambda text: text.encode("unicode_escape").decode().replace("\\n", "\n").replace("\\x", "\\u00"),
        lambda text: text.replace(" ", "\x00", 3),
        lambda text: text.replace(" the ", " \x1b[1mthe\x1b[0m ", 2) + "\x07",
    ])  # fmt: skip
    return replace(pair, answer=odd(fancy))


def template(pair: Pair, chance: random.Random) -> Pair:
    mark = chance.choice([
        "{}<|im_end|>", "<|im_start|>assistant\n{}", "{} [/INST]", "{}</s><s>[INST] and then? [/INST]", "{}<|eot_id|>",
        "<start_of_turn>model\n{}", "{}\n### Instruction:\nGo on.", "### Response:\n{}", "<<SYS>> be brief <</SYS>> {}",
        "{}\n\nAssistant: {}", "{}<|endoftext|>", "<|assistant|>\n{}", "{}<end_of_turn>", "{}\nHuman: and now?",
    ])  # fmt: skip
    return replace(pair, answer=mark.replace("{}", pair.answer, 1).replace("{}", ""))


def echo(pair: Pair, chance: random.Random) -> Pair:
    """The answer repeats a piece of SYSTEM."""
    system = pair.system or filled(chance.choice(texts()["system"]), chance)
    words = system.split()
    start = chance.randint(0, len(words) - 24)
    piece = " ".join(words[start : start + chance.randint(18, 30)])
    lead = chance.choice(["{}", "My instructions say: {}", 'As I was told: "{}"', "{}."])
    return replace(pair, system=system, answer=inserted(pair.answer, lead.format(piece), chance))


def copied(pair: Pair, chance: random.Random) -> Pair:
    """The same but for capitals, marks and spaces."""
    ways: list[Callable[[str], str]] = [str, lambda t: t.replace(". ", ".  "), str.upper, lambda t: f" {t}\n",
                                       lambda t: t.replace(",", ""), lambda t: t.replace(".", "!")]  # fmt: skip
    return replace(pair, answer=chance.choice(ways)(pair.answer), prompt=chance.choice(ways)(pair.prompt))


def edited(pair: Pair, chance: random.Random) -> Pair:
    """The same in a few other words: somebody has tidied, misspelt or added to it."""
    answer = pair.answer
    for one, other in chance.sample(texts()["swaps"], 5):
        answer = re.sub(rf"\b{one}\b", other, answer, count=1)
    parts = sentences(answer)
    way = chance.randint(0, 3)
    if way == 0 and len(parts) > 3:
        first = chance.randint(0, len(parts) - 2)
        parts[first], parts[first + 1] = parts[first + 1], parts[first]
    elif way == 1:
        parts[0] = f"{chance.choice(texts()['people']['lead'])} {parts[0][0].lower()}{parts[0][1:]}"
    elif way == 2:
        parts.append(chance.choice(["Good luck.", "That is all.", "Mind your step.", "Take your time."]))
    else:
        at = chance.randint(0, len(parts) - 1)
        parts[at] = parts[at].replace("e", "ee", 1).replace("th", "ht", 1)
    answer = " ".join(parts)
    return replace(pair, answer=answer + " Rest well." if answer == pair.answer else answer)


PLANTS: dict[str, Callable[[Pair, random.Random], Pair]] = {
    "duplicate": copied, "near-duplicate": edited, "language": foreign, "empty": empty, "short": short,
    "repetition": repeated, "chatter": chatter, "hedging": hedging, "refusal": refusal, "contact": contact,
    "secret": secret, "encoding": damaged, "template": template, "system-echo": echo, "player-line": line,
    "player-voice": voice,
}  # fmt: skip
_COPIES = ("duplicate", "near-duplicate")
_PLAYED = ("player-line", "player-voice")
_ADVICE = ("chatter", "hedging", "refusal", "short")


def pairs(count: int, seed: int = 0, share: float = SHARE) -> Iterator[Pair]:
    """So many rows; copies come some rows after what they copy."""
    chance = random.Random(seed)
    kinds = [kind for kind in PLANTS for _time in range(round(count * share))]
    plan: list[str | None] = [*kinds, *[None] * (count - len(kinds))]
    chance.shuffle(plan)
    models: list[Pair] = []
    for number, kind in enumerate(plan):
        pair = clean(number, chance)
        while (kind in _PLAYED and not pair.plays) or (kind in _ADVICE and pair.plays):
            pair = clean(number, chance)
        if kind is None:
            models = [*models[-200:], pair]
            yield pair
        elif kind in _COPIES and models:
            model = models.pop(chance.randrange(len(models)))
            changed = PLANTS[kind](model, chance)
            yield replace(changed, number=number, planted=kind, of=model.number)
        else:
            yield replace(PLANTS[kind](pair, chance), planted=kind)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    asked = parser.parse_args(arguments)
    with asked.out.open("w", encoding="utf-8", errors="surrogatepass") as stream:
        for pair in pairs(asked.count, asked.seed):
            stream.write(json.dumps(pair.as_json(), ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
