"""Owns how the narrator is asked: the ways of drawing by name, those of the studio and a person's own. Knows no Qt."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from studio.inference.sampling import Sampling
from studio.language import N_
from studio.workspace import Settings

WhenFull = Literal["drop", "summary"]
"""What comes in place of turns that the context no longer holds."""

_TOKENS = 220
_OWN, _NOW = "play.presets", "play.sampling"


@dataclass(frozen=True, slots=True)
class Options:
    """How the narrator is asked. `grammar` holds it to calls that cannot be malformed."""

    sampling: Sampling = field(default_factory=lambda: Sampling(max_tokens=_TOKENS))
    grammar: bool = False
    when_full: WhenFull = "drop"


SHIPPED: dict[str, tuple[str, Sampling]] = {
    "steady": (N_("Steady: always the likeliest word"), Sampling(max_tokens=_TOKENS)),
    "balanced": (
        N_("Balanced"),
        Sampling(max_tokens=_TOKENS, temperature=0.7, top_k=40, top_p=0.95, min_p=0.05, repeat_penalty=1.05),
    ),
    "wild": (
        N_("Wild"),
        Sampling(max_tokens=_TOKENS, temperature=1.1, top_k=100, top_p=1.0, min_p=0.03, repeat_penalty=1.05),
    ),
}

FIELDS: dict[str, tuple[str, str, float, float, float]] = {
    "temperature": (
        N_("Temperature"),
        N_("How daring the words are; 0 always takes the likeliest"),
        0,
        2,
        0.05,
    ),
    "top_k": (N_("Top-k"), N_("Only so many of the likeliest words may be drawn; 0 for all"), 0, 1000, 1),
    "top_p": (N_("Top-p"), N_("Only the likeliest words that together make up this share may be drawn"), 0.01, 1, 0.01),
    "min_p": (N_("Min-p"), N_("Words less likely than this share of the likeliest are never drawn"), 0, 1, 0.01),
    "repeat_penalty": (N_("Repeat penalty"), N_("Above 1, words that were just said become less likely"), 0.5, 2, 0.01),
    "max_tokens": (N_("Most tokens"), N_("A reply is cut after so many tokens"), 8, 4096, 1),
    "seed": (N_("Seed of the words"), N_("The same seed draws the same words for the same story"), 0, 999_999, 1),
}
"""The fields of a way of drawing: word, what it does, least, most, step."""


def own(settings: Settings) -> dict[str, Sampling]:
    """A person's own ways of drawing, by name; what is damaged is left out."""
    found = {}
    for name, values in _read(settings, _OWN).items():
        sampling = _sampling(values)
        if sampling is not None:
            found[name] = sampling
    return dict(sorted(found.items()))


def keep_own(settings: Settings, name: str, sampling: Sampling | None) -> None:
    """Keeps a way of drawing under a name; None forgets it."""
    kept = {one: _values(values) for one, values in own(settings).items() if one != name}
    if sampling is not None:
        kept[name] = _values(sampling)
    settings.set(_OWN, json.dumps(kept))


def last(settings: Settings) -> Options:
    """How the narrator was asked last."""
    values = _read(settings, _NOW)
    sampling = _sampling(values.get("sampling"))
    grammar, when_full = values.get("grammar"), values.get("when_full")
    return Options(sampling or Options().sampling, grammar is True, "summary" if when_full == "summary" else "drop")


def keep_last(settings: Settings, options: Options) -> None:
    """Keeps how the narrator is asked."""
    values = {"sampling": _values(options.sampling), "grammar": options.grammar, "when_full": options.when_full}
    settings.set(_NOW, json.dumps(values))


def _read(settings: Settings, name: str) -> dict[str, object]:
    try:
        values = json.loads(settings.text(name, "{}"))
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _values(sampling: Sampling) -> dict[str, float]:
    return {name: value for name, value in asdict(sampling).items() if name in FIELDS}


def _sampling(values: object) -> Sampling | None:
    """What was kept, each value within its bounds; None where it is no way of drawing."""
    if not isinstance(values, dict):
        return None
    held: dict[str, float] = {}
    for name, (_word, _why, least, most, _step) in FIELDS.items():
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        held[name] = type(getattr(Sampling(), name))(max(least, min(most, value)))
    return replace(Sampling(), **held)  # type: ignore[arg-type]  # numbers of the fields' own types
