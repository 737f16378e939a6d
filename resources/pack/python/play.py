"""Plays with the model of this pack, or checks it against its golden transcripts. Needs only llama-cpp-python.

    python play.py              type what the player does; an empty line ends it
    python play.py --golden     says whether the model here writes what it wrote when the pack was made

Nothing here knows Lorewright: take it as a start for your own code. What a game must do stands in `Game`.
"""

import argparse
import json
import random
import re
import sys
from pathlib import Path

from llama_cpp import Llama, LlamaGrammar

PACK = Path(__file__).resolve().parents[2]
WHAT = ("prompt", "tokens", "calls")
BRACKET = re.compile(r"\[([^\[\]\r\n]{1,300})\]")

SYSTEM = """# Role
You are the Dungeon Master.

# Location
A market at dusk; lamp oil, wet wool, eels at 2 silver.

# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health: 24/26
- Skills: Stealth +6, Survival +4, Persuasion +1
- Inventory: silver x12, rope"""


class Game:
    """Your game's side: who is there, and what a call does to them. This one keeps health and rolls dice."""

    def __init__(self, check, seed=0):
        self.check = check
        self.names = ["Wren"]
        self.skills = {"stealth": 6, "survival": 4, "persuasion": 1}
        self.health = {"Wren": [24, 26]}
        self.dice = random.Random(seed)

    def carry_out(self, call):
        """Does what a call says. A tool that is answered gives its result line, any other None."""
        name, given = call["name"], call["arguments"]
        if name == "roll":
            die, bonus = self.dice.randint(1, self.check["die"]), self.skills.get(given["skill"].lower())
            if bonus is None:
                return f"{given['skill']}: {die} = *{die}*"
            return f"{given['skill']}: {die} {'-' if bonus < 0 else '+'} {abs(bonus)}(skill) = *{die + bonus}*"
        if name in ("damage", "heal") and given["target"] in self.health:
            now, most = self.health[given["target"]]
            now += given["number"] if name == "heal" else -given["number"]
            self.health[given["target"]][0] = max(0, min(now, most))
        print(f"   ({name}: {', '.join(str(value) for value in given.values())})")
        return None


class Pack:
    """The files of a pack, and its model in memory."""

    def __init__(self, folder, threads=None):
        self.folder = folder
        self.about = self.read("pack.json")
        self.form = self.read(self.about["chat"]["form"])
        self.tools = {tool["name"]: tool for tool in self.read(self.about["tools"]["schemas"])["tools"]}
        self.loop = self.read(self.about["tools"]["loop"])
        model, settings = self.about["model"], self.about["settings"]
        # Threads and flash attention as when the transcripts were recorded: with others the sums are added up in
        # another order, and where two words are nearly as likely the other may win. For play, take what is quickest.
        self.llama = Llama(
            str(folder / model["file"]),
            lora_path=str(folder / model["adapter"]) if model["adapter"] else None,
            n_ctx=settings["context"],
            n_batch=settings["batch"],
            n_threads=threads or settings["threads"],
            n_threads_batch=threads or settings["threads"],
            n_gpu_layers=0,
            flash_attn=settings["flash_attention"],
            verbose=False,
        )
        ends = (self.about["chat"]["end_of_turn"], self.about["chat"]["eos"])
        self.ends = {self.tokens(end, special=True)[0] for end in ends if end}

    def read(self, name):
        """A JSON file of the pack."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def grammar(self, names):
        """The grammar with these characters in it."""
        rule = self.about["tools"]["names_rule"]
        words = " | ".join('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in names)
        text = (self.folder / self.about["tools"]["grammar"]).read_text(encoding="utf-8")
        lines = [
            f"{rule} ::= {words}" if line.startswith(f"{rule} ::=") and words else line for line in text.splitlines()
        ]
        return LlamaGrammar.from_string("\n".join(lines), verbose=False)

    def tokens(self, text, special):
        """The ids of a text. Only the template's own parts may name control tokens, never what people typed."""
        return self.llama.tokenize(text.encode("utf-8"), add_bos=False, special=special)

    def prompt(self, messages, opening=""):
        """The ids of a chat. A message is (role, text) or (role, text, ids): ids the model wrote go back unchanged."""
        if self.form["system"] == "head" and messages[0][0] == "system":
            user = messages[1] if len(messages) > 1 and messages[1][0] == "user" else None
            joined = messages[0][1] + ("\n\n" + user[1] if user else "")
            messages = [("user", joined), *messages[2 if user else 1 :]]
        ids, before = [], None
        for role, text, *own in messages:
            around = self.form["between"][before][role] if before else self.form["begin"][role]
            ids += self.tokens(around, special=True) + (
                list(own[0]) if own and own[0] else self.tokens(text, special=False)
            )
            before = role
        return ids + self.tokens(self.form["reply"], special=True) + self.tokens(opening, special=False)

    def write(self, prompt, names, most, temperature=0.0, seed=0, tell=None, going=lambda: True):
        """The ids that the model writes behind a prompt until it ends its turn; at temperature 0 always the likeliest.

        `tell` hears the text as it comes; the model stops where `going` says no.
        """
        ids, told = [], ""
        self.llama.set_seed(seed)
        grammar = self.grammar(names)
        for token in self.llama.generate(prompt, temp=temperature, repeat_penalty=1.0, grammar=grammar):
            if token in self.ends or not going():
                break
            ids.append(token)
            if tell is not None and not (text := self.text(ids)).endswith("\ufffd"):  # half a character waits
                tell(text[len(told) :])
                told = text
            if len(ids) >= most:
                break
        return ids

    def text(self, ids):
        """The text of ids."""
        return self.llama.detokenize(ids, special=True).decode("utf-8", "replace")

    def calls(self, text, names):
        """The calls in a reply, in order; a bracket that is none of the tools' is left out."""
        found = (self.call(match[1], names) for match in BRACKET.finditer(text))
        return [call for call in found if call is not None]

    def call(self, inner, names):
        """One bracket's inside as a name and arguments, None where it is no well-formed call."""
        head, _colon, rest = inner.partition(":")
        tool = self.tools.get(" ".join(head.lower().replace("_", " ").split()))
        if tool is None:
            return None
        words, given = rest.split(), {}
        properties = tool["parameters"]["properties"]
        if "off" in properties and words[-1:] == ["off"]:
            given["off"] = bool(words.pop())
        if "actor" in properties and "for" in words:
            at = words.index("for")
            given["actor"], words = " ".join(words[at + 1 :]), words[:at]
        if "advantage" in properties and words and words[-1] in ("adv", "dis"):
            given["advantage"] = words.pop()
        if "dc" in properties and len(words) > 1 and words[-2] == "dc" and words[-1].isdigit():
            given["dc"], words = int(words[-1]), words[:-2]
        for name in tool["parameters"]["required"]:
            value = self.argument(name, words, names, last=name == tool["parameters"]["required"][-1])
            if not value:
                return None
            given.update(value)
        return None if words else {"name": tool["name"], "arguments": given}

    @staticmethod
    def argument(name, words, names, last):
        """Takes one argument off the words; an item may have a count behind it."""
        if not words:
            return None
        if name.startswith("target"):
            for size in range(len(words), 0, -1):
                known = next((one for one in names if one.lower() == " ".join(words[:size]).lower()), None)
                if known:
                    del words[:size]
                    return {name: known}
            return {name: words.pop(0)}
        if name.startswith("number"):
            return {name: int(words.pop(0))} if words[0].isdigit() else None
        if name.startswith("item"):
            count = int(words.pop()[1:]) if re.match(r"x[0-9]+\Z", words[-1]) and len(words) > 1 else 1
            value = {name: " ".join(words), name.replace("item", "count", 1): count}
        else:
            value = {name: " ".join(words)}
        words.clear()
        return value if last else None


class Play:
    """A play by the pack's table of the tool loop: `state` is where it stands, the table says what is done there."""

    def __init__(self, pack, game, system):
        self.pack, self.game = pack, game
        self.messages = [("system", system)]
        self.rows = {(row["state"], row["event"]): row for row in pack.loop["rows"]}
        self.due, self.results, self.opening, self.done = [], [], "", []

    def line(self, text):
        """The player's line, and all that follows until it is the player's turn again."""
        state, event, self.line_said, self.done = "player", "line", text, []
        while True:
            row = self.rows[state, event]
            getattr(self, row["do"])()
            state = row["next"]
            if state == "player":
                return
            event = "written" if state == "reply" else self.next_event()

    def next_event(self):
        """What comes next among the calls of a reply."""
        alike = max(map(self.done.count, self.done), default=0)
        over = len(self.done) >= self.pack.loop["most_calls"] or alike >= self.pack.loop["most_alike"]
        if over and (self.due or self.results):
            return "too_many"
        if self.due:
            return "due"
        return "none_left_and_results" if self.results else "none_left_and_no_result"

    def add(self, role, text, ids=None):
        """Adds a message; neighbours of one role become one."""
        if self.messages[-1][0] == role:
            self.messages[-1] = (role, f"{self.messages[-1][1]}\n\n{text}")
        else:
            self.messages.append((role, text, ids))

    def say(self):
        """The player's line becomes a message."""
        self.opening = ""
        self.add("user", self.line_said)

    def read_calls(self):
        """The model writes, and its calls are what is to be done."""
        ids = self.pack.write(self.pack.prompt(self.messages, self.opening), self.game.names, most=200)
        text = (self.opening + self.pack.text(ids)).strip()
        self.add("assistant", text, self.pack.tokens(self.opening, special=False) + ids)
        self.due, self.results = self.pack.calls(text, self.game.names), []
        print(text)

    def leave_as_text(self):
        """A call that the game refuses stays text."""
        self.due.pop(0)

    def carry_out(self):
        """The game does what the next call says."""
        call = self.due.pop(0)
        line = self.game.carry_out(call)
        self.done.append(json.dumps(call, sort_keys=True).lower())
        if line is not None:
            self.results.append((call, line))

    def wait(self):
        """It is the player's turn."""

    def answer(self):
        """Results become messages, and a check decides how the next reply opens."""
        check = self.pack.loop["check"]
        self.opening = ""
        for call, line in self.results:
            print(f"   {line}")
            self.add("user", self.pack.loop["result"].format(line=line))
            contested = call["arguments"].get("skill", "").lower() not in check["uncontested"]
            won = int(line.split("*")[-2]) >= call["arguments"].get("dc", check["default_dc"])
            self.opening = (check["success"] if won else check["failure"]) if contested else ""
        self.results = []


def golden(pack):
    """Whether the model here says, token by token, what it said when the pack was made."""
    told = pack.read(pack.about["golden"])
    wrong = 0
    for transcript in told["transcripts"]:
        for number, step in enumerate(transcript["steps"], start=1):
            where = f"{transcript['title']}, reply {number}"
            messages = [(said["role"], said["content"], said["ids"]) for said in step["messages"]]
            prompt = pack.prompt(messages, step["opening"])
            ids = pack.write(prompt, transcript["names"], told["max_tokens"])
            same = prompt == step["prompt_ids"], ids == step["expected_ids"]
            calls = pack.calls(step["opening"] + pack.text(ids), transcript["names"])
            same = (*same, calls == step["calls"])
            wrong += not all(same)
            words = [f"{what} {'same' if equal else 'DIFFERENT'}" for what, equal in zip(WHAT, same, strict=True)]
            print(f"{where}: {', '.join(words)}")
            if not same[1]:
                pairs = zip(ids, step["expected_ids"], strict=False)
                at = next(
                    (n for n, (one, other) in enumerate(pairs) if one != other), min(len(ids), len(step["gaps"]) - 1)
                )
                print(
                    f"   at token {at + 1}, where the two likeliest stood {step['gaps'][at]} apart when it was recorded"
                )
    return 1 if wrong else 0


def main():
    """Plays, or checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--golden", action="store_true", help="check the model against the golden transcripts")
    parser.add_argument("--pack", type=Path, default=PACK, help="the pack's folder")
    parsed = parser.parse_args()
    pack = Pack(parsed.pack)
    if parsed.golden:
        return golden(pack)
    play = Play(pack, Game(pack.loop["check"]), SYSTEM)
    while line := input("\n> ").strip():
        play.line(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
