"""Owns the words and icons of the Data tab: for verdicts, kinds of rows and sources, weights. Knows no Qt."""

from dataclasses import dataclass

from studio.language import N_, _

DECISIONS = {"keep": N_("Keep"), "flag": N_("Flag"), "bin": N_("Bin")}
DECISION_ICONS = {"keep": ("success", "dm"), "flag": ("flag", "warning"), "bin": ("trash", "error")}
VOICES = {"heuristics": N_("Heuristics"), "judge": N_("Judge"), "person": N_("You")}
KINDS = {
    "scenario": N_("Scenario"),
    "chat": N_("Chat"),
    "pair": N_("Pair"),
    "preference": N_("Preference"),
    "decision": N_("Decision"),
    "play": N_("Play"),
}
KIND_ICONS = {
    "scenario": "write", "chat": "roleplay", "pair": "pair", "preference": "preference", "decision": "decision",
    "play": "play",
}  # fmt: skip
COUNTED = {
    "type": N_("Type"),
    "tool": N_("Tool"),
    "skill": N_("Skill"),
    "outcome": N_("Outcome"),
    "dc": N_("DC"),
    "class": N_("Class"),
    "level": N_("Level"),
    "game": N_("Game"),
    "length": N_("Length"),
    "turns": N_("Turns"),
}
PARTS = {
    "reading": N_("Reading"),
    "read": N_("Reading"),
    "audit": N_("Checking"),
    "judge": N_("Judging"),
    "draft": N_("Drafting"),
    "model": N_("Loading the model"),
    "examine": N_("Reading"),
    "compare": N_("Comparing"),
    "export": N_("Exporting"),
    "build": N_("Building"),
    "augment": N_("Making variants"),
    "write": N_("Writing"),
}
FLUSH_LINK = "padding-left: 0px; border-left-width: 0px;"
"""A link that begins where the words above and below it begin."""
_WEIGHTS = (N_("silver"), N_("good silver"), N_("gold"), N_("fine gold"), N_("core gold"))


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source: its word, its icon, what to type as its place, and what it is for."""

    title: str
    icon_name: str
    hint: str
    about: str
    folder: bool = False


SOURCES = {
    "scenarios": SourceKind(
        N_("Scenarios"), "write", "scenarios", N_("A folder of scenarios, checked before they are taken in."), True
    ),
    "file": SourceKind(
        N_("A file"), "file", "datasets/pairs.jsonl",
        N_("JSONL, JSON, CSV or Parquet with chats, pairs or preferences; the shape is recognised."),
    ),
    "hub": SourceKind(
        N_("The Hub"), "download", "owner/name@revision",
        N_("A data set of the Hugging Face Hub, pinned to a revision and kept for offline work."),
    ),
    "snapshots": SourceKind(
        N_("Game snapshots"), "decision", "snapshots", N_("Game states with an expert's decision."), True
    ),
    "sessions": SourceKind(N_("Play sessions"), "play", "sessions", N_("What was played here and saved."), True),
    "corrections": SourceKind(
        N_("Corrections"), "preference", "corrections.jsonl", N_("Better answers given in Play, as preferences.")
    ),
}  # fmt: skip


def weight_word(weight: float) -> str:
    """What a weight is called, from silver to core gold."""
    return _(_WEIGHTS[max(0, min(len(_WEIGHTS), round(weight)) - 1)])


def counted_word(what: str) -> str:
    """The word for what is counted."""
    return _(COUNTED[what]) if what in COUNTED else what.capitalize()


def value_word(value: str) -> str:
    """A counted value for people."""
    return value.replace("_", " ").capitalize() if value.islower() else value


def part_word(part: str) -> str:
    """What a job is doing just now."""
    return _(PARTS[part]) if part in PARTS else part.replace("-", " ").capitalize()


def grouped(number: float) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{round(number):,}".replace(",", "\u2009")


def reason_word(code: str) -> str:
    """A reason's code as words."""
    return code.partition(":")[2] or code.replace("-", " ").capitalize()
