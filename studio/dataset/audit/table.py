"""Owns the one table of checks: code, what it measures, the sentence of its reason, and the function that looks.

What becomes of a row, from which value on, and for which kinds of row stands in `resources/audit.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.dataset.audit import damage, leaks, lengths, narrator, private, tone
from studio.dataset.audit.sight import Look
from studio.language import N_


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `sentence` has places for {value}, {limit} and {what}; `unit` says what the value is.

    `look` is None where a verdict takes the whole set: duplicates and the main language.
    """

    code: str
    title: str
    unit: str
    sentence: str
    look: Look | None = None


_CHECKS = (
    Check("duplicate", N_("Exact duplicate"), "", N_("It says the same as {what}, which is kept.")),
    Check(
        "near-duplicate",
        N_("Near duplicate"),
        N_("share of word pairs in common"),
        N_("{value:.0%} of its word pairs are also in {what}, which is kept ({limit:.0%} are allowed)."),
    ),
    Check(
        "language",
        N_("Another language"),
        N_("how sure the language is"),
        N_("It is written in {what} with a certainty of {value:.0%} (from {limit:.0%} on it counts)."),
    ),
    Check("empty-answer", N_("Empty answer"), "", N_("The answer is empty or only stands for one (“{what}”)."),
          tone.empty_answer),
    Check("refusal", N_("Refused answer"), "", N_("A model refuses or talks about itself: “{what}”."), tone.refusal),
    Check(
        "short-answer",
        N_("Answer too short"),
        N_("words"),
        N_("The answer is too short: {value:.0f} of at least {limit:.0f} words."),
        lengths.short_answer,
    ),
    Check(
        "long-answer",
        N_("Answer very long"),
        N_("words"),
        N_("The answer has {value:.0f} words, more than {limit:.0f}."),
        lengths.long_answer,
    ),
    Check(
        "long-prompt",
        N_("Prompt very long"),
        N_("words"),
        N_("{value:.0f} words stand before the answer, more than {limit:.0f}."),
        lengths.long_prompt,
    ),
    Check(
        "repeated-lines",
        N_("Lines again and again"),
        N_("share of lines that stood there before"),
        N_("{value:.0%} of its lines repeat an earlier one ({limit:.0%} are allowed), such as “{what}”."),
        lengths.repeated_lines,
    ),
    Check(
        "repetition",
        N_("The same words again"),
        N_("share of four-word stretches that repeat an earlier one"),
        N_("{value:.0%} of it repeats earlier words ({limit:.0%} are allowed), most often “{what}”."),
        lengths.repetition,
    ),
    Check(
        "compression",
        N_("Little said in many words"),
        N_("size when packed, as a share"),
        N_("Packed, {value:.0%} of the text are left, less than {limit:.0%}: it says the same over and over."),
        lengths.compression,
    ),
    Check(
        "stretched",
        N_("Stretched letters"),
        N_("length of the longest run of one mark"),
        N_("One mark stands {value:.0f} times in a row (“{what}”); from {limit:.0f} on it counts."),
        lengths.stretched,
    ),
    Check(
        "chatter",
        N_("A forum's chatter"),
        N_("phrases"),
        N_("It chats as a forum or an assistant does ({value:g}, from {limit:g} on it counts): {what}."),
        tone.chatter,
    ),
    Check(
        "hedging",
        N_("Hedging"),
        N_("points in a hundred words"),
        N_("It does not know what it says ({value:.1f} in a hundred words, from {limit:g} on it counts): {what}."),
        tone.hedging,
    ),
    Check(
        "writer",
        N_("Speaks of its writer"),
        N_("words such as “I” and “my”"),
        N_("Whoever wrote it speaks of themselves ({value:.0f}×, from {limit:.0f}× on it counts): {what}."),
        tone.writer,
    ),
    Check("contact", N_("Contact data"), "", N_("It holds what belongs to a person: {what}."), private.contact),
    Check(
        "secret",
        N_("A secret"),
        N_("bits for each character"),
        N_("It holds a secret: {what}. If it is a real one, change it where it is used."),
        private.secret,
    ),
    Check(
        "encoding",
        N_("Damaged characters"),
        N_("places"),
        N_("Characters are damaged (places: {value:.0f}), such as “{what}”; read the source with its right encoding."),
        damage.encoding,
    ),
    Check(
        "template-token",
        N_("Marks of a chat template"),
        "",
        N_("The answer holds a mark that belongs to a template: {what}."),
        leaks.template_token,
    ),
    Check(
        "system-echo",
        N_("SYSTEM read out"),
        N_("words in a row"),
        N_("{value:.0f} words in a row are from SYSTEM (fewer than {limit:.0f} are allowed): “{what}”."),
        leaks.system_echo,
    ),
    Check(
        "player-line",
        N_("The player's turn in an answer"),
        "",
        N_("The narrator writes the player's own turn: “{what}”."),
        narrator.player_line,
    ),
    Check(
        "player-voice",
        N_("Speaks for the player"),
        N_("times"),
        N_("The narrator speaks or decides for the player (places: {value:.0f}), such as “{what}”."),
        narrator.player_voice,
    ),
)  # fmt: skip

TABLE: Mapping[str, Check] = {check.code: check for check in _CHECKS}
"""Every check by its code."""
