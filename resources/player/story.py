"""Owns a play: the turns, whose turn it is, and going back. The model is given; the dice fall by `table`.

A die belongs to its place in the story: the same seed, turn and call give the same face, whatever was tried before.
"""

import copy
import json
import random
import re

from table import Refused, Table

BRACKET = re.compile(r"\[([^\[\]\r\n]{1,300})\]")


class Story:
    """One play of a scene. `tell(event, **what)` hears everything as it comes."""

    def __init__(self, pack, scene, told, seed, writer):
        self.pack, self.scene, self.seed, self.writer = pack, scene, seed, writer
        self.made = []
        self.table = Table(scene, told["rules"], told["effects"])
        self.turns, self.opening = [], ""
        self.past, self.tries = [], {}

    def say(self, text, tell):
        """The player's line, and all that follows until it is the player's turn again."""
        self.past.append((copy.deepcopy(self.table), len(self.turns), self.opening))
        self.opening = ""
        self.add("User", text.strip(), tell)
        self.narrate(tell)

    def undo(self):
        """Back to before the last line of the player, which is given back; None where there is none."""
        if not self.past:
            return None
        self.table, count, self.opening = self.past.pop()
        line = self.turns[count]["text"]
        del self.turns[count:]
        return line

    def add(self, kind, text, tell, ids=None, **more):
        """Adds a turn."""
        turn = {"kind": kind, "text": text, **more}
        self.turns.append({**turn, "ids": ids})
        tell("turn", **turn)

    def narrate(self, tell):
        """The narrator's turns with the rolls between them."""
        left, self.made = self.pack.loop["most_calls"], []
        while True:
            done, results = self.reply(left, tell)
            left -= done
            if not results:
                return
            if left <= 0 or self.alike():
                tell("note", text=f"stopped after {len(self.made)} calls")
                return

    def alike(self):
        """Whether one and the same call was made as often as it may be."""
        return max(map(self.made.count, self.made), default=0) >= self.pack.loop["most_alike"]

    def reply(self, left, tell):
        """One turn of the narrator: how many calls were carried out, and the results."""
        opening, depth = self.opening, len(self.turns)
        if opening:
            tell("wrote", text=opening)
        prompt = self.pack.prompt(self.messages(), opening)
        ids = self.writer(prompt, self.table.names, lambda text: tell("wrote", text=text), self.draw(depth))
        text = (opening + self.pack.text(ids)).strip()
        own = self.pack.tokens(opening, special=False) + ids
        self.opening = ""
        self.add("DM", text, tell, own)
        return self.carry_out(text, depth, left, tell)

    def draw(self, depth):
        """The seed of the words at a place of the story: another one each time that it is tried again."""
        tried = self.tries[depth] = self.tries.get(depth, -1) + 1
        return random.Random(f"{self.seed}/{depth}/words/{tried}").getrandbits(31)

    def carry_out(self, text, depth, left, tell):
        """Does what the calls of a turn say."""
        done, results = 0, []
        for number, call in enumerate(self.calls(text)):
            if call is None:
                continue
            if done >= left:
                tell("note", text=f"{self.pack.loop['most_calls']} calls a turn are the most")
                continue
            if self.alike():
                tell("note", text=f"the same call {self.pack.loop['most_alike']} times a turn is the most")
                continue
            try:
                found = self.table.carry_out(call, random.Random(f"{self.seed}/{depth}/{number}"))  # dice, no secrets
            except Refused as refused:
                tell("note", text=str(refused))
                continue
            done += 1
            self.made.append(json.dumps(call, sort_keys=True, default=str).lower())
            line, sentence, won = found
            tell("note", text=sentence) if line is None else results.append(found)
        for line, sentence, won in results:
            check = self.pack.loop["check"]
            self.opening = "" if won is None else check["success"] if won else check["failure"]
            self.add("TOOLCALL", line, tell, sentence=sentence, won=won)
        tell("table", **self.table.as_json())
        return done, results

    def calls(self, text):
        """The calls of a turn in order; None for a bracket of a tool's name that is no whole call."""
        for match in BRACKET.finditer(text):
            head = match[1].partition(":")[0]
            if " ".join(head.lower().replace("_", " ").split()) in self.pack.tools:
                yield self.pack.call(match[1], self.table.names)

    def messages(self):
        """The chat as the model reads it; where it is too long, the oldest turns are left out."""
        turns, system = list(self.turns), ("system", self.scene["system"])
        room = self.pack.about["settings"]["context"] - self.pack.most
        while True:
            found = [system]
            for turn in turns:
                role = "assistant" if turn["kind"] == "DM" else "user"
                text = (
                    self.pack.loop["result"].format(line=turn["text"]) if turn["kind"] == "TOOLCALL" else turn["text"]
                )
                if found[-1][0] == role:
                    found[-1] = (role, f"{found[-1][1]}\n\n{text}")
                else:
                    found.append((role, text, turn["ids"]))
            if len(turns) < 2 or len(self.pack.prompt(found)) <= room:
                return found
            turns.pop(0)

    def as_json(self):
        """Everything that a page shows."""
        turns = [{name: value for name, value in turn.items() if name != "ids"} for turn in self.turns]
        return {"title": self.scene["title"], "intro": self.scene["intro"], "hint": self.scene["hint"],
                "seed": self.seed, "turns": turns, **self.table.as_json()}  # fmt: skip
